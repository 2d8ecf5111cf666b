-- Lua's worker for make bench: worker.lua CASE [by=LIBRARY] [key=value ...]. It speaks as native.c says, and runs in
-- LuaJIT, too, for what is written by hand; so its arithmetic is of doubles alone.
local jit = rawget(_G, "jit")
local case, given = arg[1], {}
for i = 2, #arg do
  local key, value = arg[i]:match("^(%w+)=(.*)$")
  given[key] = tonumber(value) or value
end

-- bits xor (bits >> by), of 32 bits.
local function fold(bits, by)
  local shifted, sum = math.floor(bits / 2 ^ by), 0
  for place = 0, 31 do
    local one, other = math.floor(bits / 2 ^ place) % 2, math.floor(shifted / 2 ^ place) % 2
    sum = sum + (one ~= other and 2 ^ place or 0)
  end
  return sum
end

-- Of 32 bits, whose product does not fit in a double.
local function multiplied(bits, by)
  return (bits % 65536 * by + math.floor(bits / 65536) * by % 65536 * 65536) % 4294967296
end

-- As native.h has it.
local function uniform(stream, i)
  local bits = (i + stream * 2654435769) % 4294967296
  bits = multiplied(fold(bits, 16), 0x7feb352d)
  bits = multiplied(fold(bits, 15), 0x846ca68b)
  return math.floor(fold(bits, 16) / 256) / 16777216
end

local function uniform_list(stream, count)
  local list = {}
  for i = 1, count do
    list[i] = uniform(stream, i - 1)
  end
  return list
end

-- ---- cases -------------------------------------------------------------------------------------------------------

-- What one writes without a library: torch's convention, mean.
local function margin_by_hand()
  local rows, cols = given.rows, given.cols
  local a, p, n = uniform_list(1, rows * cols), uniform_list(2, rows * cols), uniform_list(3, rows * cols)
  local ga, gp, gn = {}, {}, {}
  return function()
    local loss = 0
    for start = 1, rows * cols, cols do
      local ap, an = 0, 0
      for k = start, start + cols - 1 do
        local x, y = a[k] - p[k] + 1e-6, a[k] - n[k] + 1e-6
        ap, an = ap + x * x, an + y * y
      end
      ap, an = math.sqrt(ap), math.sqrt(an)
      local h = ap - an + 1
      loss = loss + math.max(h, 0)
      local towards, away = h > 0 and 1 / (rows * ap) or 0, h > 0 and 1 / (rows * an) or 0
      for k = start, start + cols - 1 do
        local x, y = towards * (a[k] - p[k] + 1e-6), away * (a[k] - n[k] + 1e-6)
        ga[k], gp[k], gn[k] = x - y, -x, y
      end
    end
    return loss / rows, ga, gp, gn
  end, jit and jit.version or _VERSION
end

local function margin()
  local triplet = require "triplet"
  local function matrix(stream)
    local rows = {}
    for i = 1, given.rows do
      rows[i] = {}
      for k = 1, given.cols do
        rows[i][k] = uniform(stream, (i - 1) * given.cols + k - 1)
      end
    end
    return triplet.matrix(rows)
  end
  local a, p, n = matrix(1), matrix(2), matrix(3)
  local options = { out = triplet.margin_loss(a, p, n) }
  return function()
    return triplet.margin_loss(a, p, n, options).loss
  end, triplet.version
end

-- ---- measuring: as native.c does ---------------------------------------------------------------------------------

local function samples_of(run, turn, runs)
  local times, spent = {}, 0
  while #times == 0 or spent < turn do
    local start = os.clock()
    for _ = 1, runs do
      run()
    end
    local took = os.clock() - start
    if took < 1e-3 then
      times, runs = {}, runs * 2
    else
      times[#times + 1], spent = took / runs, spent + took
    end
  end
  for i, time in ipairs(times) do
    times[i] = ("%.6g"):format(time)
  end
  print(('{"runs": %d, "times": [%s]}'):format(runs, table.concat(times, ", ")))
  io.flush()
  return runs
end

local cases = { margin = { triplet = margin, hand = margin_by_hand } }
local run, version = cases[case][given.by or "triplet"]()
print(('{"version": "%s", "answer": %.9g}'):format(version, run()))
io.flush()
local runs = 1
for line in io.lines() do
  runs = samples_of(run, tonumber(line), runs)
end
