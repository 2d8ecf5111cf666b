--- One line on a terminal that tells how far a long job is; nothing at all where standard error is no terminal.

local progress = {}
progress.__index = progress

--- Lua has no isatty; the shell's `test` sees the same standard error as we do.
function progress.on_terminal()
  return (os.execute("test -t 2")) == true
end

--- A line for a job of `total` steps. Both options serve tests: stream (standard error), and clock, a function that
--- gives seconds (os.time: the time of the wall, which os.clock is not where several threads work).
function progress.new(total, options)
  options = options or {}
  local clock = options.clock or os.time
  return setmetatable({ total = total, stream = options.stream or io.stderr, clock = clock, began = clock(),
    width = 0, shown_at = -math.huge }, progress)
end

local function duration(seconds)
  seconds = math.ceil(seconds)
  if seconds < 60 then
    return ("%d s"):format(seconds)
  elseif seconds < 3600 then
    return ("%d min %02d s"):format(seconds // 60, seconds % 60)
  end
  return ("%d h %02d min"):format(seconds // 3600, seconds % 3600 // 60)
end

function progress:write(text)
  self.stream:write("\r", text, (" "):rep(self.width - #text))
  self.stream:flush()
  self.width = #text
end

--- Tells that `step` steps are done; text says what else is known. Drawn at most ten times a second of computing.
function progress:update(step, text)
  local now = os.clock()
  if step < self.total and now - self.shown_at < 0.1 then
    return
  end
  self.shown_at = now
  local elapsed = self.clock() - self.began
  local rate = elapsed > 0 and step / elapsed
  self:write(("step %d of %d  %s%s"):format(step, self.total, text,
    rate and ("  %.0f steps/s  %s left"):format(rate, duration((self.total - step) / rate)) or ""))
end

--- What to tell of a step of training: its loss, and how much of its batch is active.
function progress.of_training(report)
  local stats = report.stats
  local terms, name = stats.triplets or stats.pairs, stats.triplets and "triplets" or "pairs"
  return terms == 0 and "no " .. name or ("loss %.4f  %.0f %% of %s active"):format(report.loss,
    100 * stats.active / terms, name)
end

--- Clears the line.
function progress:finish()
  self:write("")
  self.stream:write("\r")
  self.stream:flush()
end

return progress
