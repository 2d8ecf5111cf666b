--- One line on a terminal that tells how far a long job is; nothing at all where standard error is no terminal. It is
--- never wider than the terminal: what tells least is left out.

local triplet = require "triplet.core"

local progress = {}
progress.__index = progress

-- Columns that stay free: a terminal shows Ctrl-C as "^C", and some go on to the next line after the last column.
local FREE = 3

-- Seconds before a speed is told: Lua's clock of the wall knows whole ones only.
local SURE_AFTER = 2

-- There is one terminal, which shows one line: the one that was last drawn.
local shown

-- Where that terminal is if somebody else passes standard error on to it: a path.
local seen_at

--- Says where it is.
function progress.is_seen_at(path)
  seen_at = path
end

function progress.on_terminal()
  return triplet.streams.terminal_columns(seen_at) ~= nil
end

local function width_of_terminal()
  local columns = triplet.streams.terminal_columns(seen_at)
  return columns and columns > 0 and columns or tonumber(os.getenv("COLUMNS")) or 80
end

--- A line for a job of that name, to be closed when it ends. Options: visible (true); others serve tests: stream
--- (standard error), columns, a function that gives the terminal's, and clock, one that gives seconds (os.time: the
--- time of the wall, which os.clock is not where several threads work).
function progress.new(name, options)
  options = options or {}
  local clock = options.clock or os.time
  local line = setmetatable({ name = name, visible = options.visible ~= false, stream = options.stream or io.stderr,
    columns = options.columns or width_of_terminal, clock = clock, began = clock(), width = 0 }, progress)
  line.interval = 0.1 * triplet.threads()
  if line.visible then
    line:draw { { 1, name } }
  end
  return line
end

--- A function that makes such lines, which are seen on a terminal and unless they are not wanted.
function progress.lines(wanted)
  local visible = wanted and progress.on_terminal()
  return function(name)
    return progress.new(name, { visible = visible })
  end
end

local function duration(seconds)
  seconds = math.ceil(seconds)
  if seconds < 60 then
    return ("%d s"):format(seconds)
  elseif seconds < 3600 then
    return ("%d min %02d s"):format(math.floor(seconds / 60), seconds % 60)
  end
  return ("%d h %02d min"):format(math.floor(seconds / 3600), math.floor(seconds % 3600 / 60))
end

--- The texts of pieces { rank, text } that there is room for, those of the lowest ranks; some have none.
local function fitted(pieces, room)
  for most = #pieces, 1, -1 do
    local texts = {}
    for _, piece in ipairs(pieces) do
      texts[#texts + 1] = piece[1] <= most and piece[2] or nil
    end
    local text = table.concat(texts, "  ")
    if #text <= room then
      return text
    end
  end
  return ""
end

--- An interruption may end this anywhere: `width` is at no moment less than what is to be cleared.
function progress:write(text)
  local before = self.width
  self.width = math.max(before, #text)
  shown = self
  self.stream:write("\r", text, (" "):rep(math.min(before, self.columns() - 1) - #text))
  self.stream:flush()
  self.width = #text
end

function progress:draw(pieces)
  self.drawn_at, self.second = os.clock(), self.clock()
  self:write(fitted(pieces, self.columns() - FREE))
end

--- Whether it is time to draw: ten times a second of computing on all threads, and at each second of the clock.
function progress:is_due()
  return self.visible and (os.clock() - self.drawn_at >= self.interval or self.clock() ~= self.second)
end

--- What is left of the job, in words, when a share of it is done; nil before that can be told.
function progress:left(share)
  local elapsed = self.clock() - self.began
  return elapsed >= SURE_AFTER and share > 0 and duration(elapsed * (1 - share) / share) .. " left" or nil
end

--- Tells that a share of the job is done, 0 .. 1.
function progress:share(done)
  if self:is_due() then
    self:draw { { 2, self.name }, { 1, ("%d %%"):format(math.floor(100 * done)) }, { 3, self:left(done) } }
  end
end

--- share as a function, for what takes one to tell its progress.
function progress:callback()
  return function(done)
    self:share(done)
  end
end

--- Tells that a step of training is done, of so many.
function progress:step(report, total)
  if not self:is_due() then
    return
  end
  local step, elapsed = report.step, self.clock() - self.began
  local loss, active = progress.of_training(report)
  self:draw { { 1, ("step %d of %d"):format(step, total) }, { 3, loss }, { 5, active },
    { 4, elapsed >= SURE_AFTER and ("%.0f steps/s"):format(step / elapsed) or nil }, { 2, self:left(step / total) } }
end

--- What to tell of a step of training: its loss, and how much of its batch is active.
function progress.of_training(report)
  local stats = report.stats
  local terms, name = stats.triplets or stats.pairs, stats.triplets and "triplets" or "pairs"
  if terms == 0 then
    return "no " .. name
  end
  return ("loss %.4f"):format(report.loss), ("%.0f %% of %s active"):format(100 * stats.active / terms, name)
end

--- Clears the line, with the "^C" that a terminal may have put behind it.
function progress:finish()
  if self.width > 0 then
    self.stream:write("\r", (" "):rep(math.min(self.width + 2, self.columns() - 1)), "\r")
    self.stream:flush()
    self.width = 0
  end
end

--- Clears the line that is shown, if any, so that something else can be printed. It comes back when it is due.
function progress.clear()
  if shown then
    shown:finish()
  end
end

return progress
