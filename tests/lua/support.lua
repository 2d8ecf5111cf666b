--- What the specs share: errors as text, and an independent reference in double precision, as plain as can be.

local support = {}

--- The interpreter that runs this.
support.interpreter = os.getenv("LUA") or "lua5.4"

--- The message of the error that f(...) raises, without its position.
function support.failure(f, ...)
  local done, message = pcall(f, ...)
  assert(not done, "expected an error")
  return (message:gsub("^[^:]+:%d+: ", ""))
end

--- The largest difference of two lists of numbers, relative to the largest expected one.
function support.error_of(actual, expected)
  assert(#actual == #expected, "lists of " .. #actual .. " and " .. #expected)
  local largest, difference = 0, 0
  for i, value in ipairs(expected) do
    largest = math.max(largest, math.abs(value))
    local d = math.abs(actual[i] - value)
    difference = d == d and math.max(difference, d) or math.huge
  end
  return difference == 0 and 0 or difference / math.max(largest, 1e-37)
end

--- The entries of a matrix or table of rows, row by row.
function support.flat(rows)
  local list = {}
  for _, row in ipairs(type(rows) == "table" and rows or rows:totable()) do
    for _, value in ipairs(row) do
      list[#list + 1] = value
    end
  end
  return list
end

--- (1103515245 state + 12345) mod 2^31, by products that a double holds.
function support.next(state)
  return (state * 20077 + state * 16838 % 32768 * 65536 + 12345) % 2147483648
end

--- FNV-1a of 64 bits in hexadecimal, by halves that a double holds.
function support.hash(bytes)
  local high, low = 0xcbf29ce4, 0x84222325
  for i = 1, #bytes do
    local a, b, place, sum = low % 256, bytes:byte(i), 1, 0
    for _ = 1, 8 do
      sum = sum + (a % 2 ~= b % 2 and place or 0)
      a, b, place = math.floor(a / 2), math.floor(b / 2), 2 * place
    end
    low = low - low % 256 + sum
    local product = low * 0x1b3
    high = (high * 0x1b3 + low * 256 + math.floor(product / 4294967296)) % 4294967296
    low = product % 4294967296
  end
  return ("%08x%08x"):format(high, low)
end

--- Closes an object as the end of its scope does in Lua 5.4, by `local object <close>`.
function support.close(object)
  debug.getmetatable(object).__close(object)
end

--- Rows of seeded numbers in [-1, 1) that float32 holds exactly.
function support.random_rows(rows, cols, seed)
  local state, list = seed or 1, {}
  for i = 1, rows do
    list[i] = {}
    for j = 1, cols do
      state = support.next(state)
      list[i][j] = math.floor(state / 32768) / 32768 - 1
    end
  end
  return list
end

local function sign(x)
  return x > 0 and 1 or x < 0 and -1 or 0
end

--- d(x, y) and its gradients; options.distance, p, convention and eps as the module's, all given.
function support.distance(x, y, options)
  local gx, gy = {}, {}
  if options.distance == "squared" then
    local sum = 0
    for k = 1, #x do
      sum = sum + (x[k] - y[k]) ^ 2
      gx[k], gy[k] = 2 * (x[k] - y[k]), -2 * (x[k] - y[k])
    end
    return sum, gx, gy
  elseif options.distance == "cosine" then
    local xy, xx, yy = 0, 0, 0
    for k = 1, #x do
      xy, xx, yy = xy + x[k] * y[k], xx + x[k] ^ 2, yy + y[k] ^ 2
    end
    local norm = math.sqrt(xx) * math.sqrt(yy)
    for k = 1, #x do
      gx[k] = norm > 0 and -y[k] / norm + xy / norm * x[k] / xx or 0
      gy[k] = norm > 0 and -x[k] / norm + xy / norm * y[k] / yy or 0
    end
    return norm > 0 and 1 - xy / norm or 1, gx, gy
  elseif options.distance == "dot" then
    local sum = 0
    for k = 1, #x do
      sum = sum - x[k] * y[k]
      gx[k], gy[k] = -y[k], -x[k]
    end
    return sum, gx, gy
  end
  local shift = options.convention == "torch" and options.eps or 0
  local inside = options.convention == "optax" and options.eps or 0
  local p, sum, largest, ties = options.p, 0, 0, 0
  for k = 1, #x do
    local size = math.abs(x[k] - y[k] + shift)
    sum = sum + size ^ p
    if size > largest then
      largest, ties = size, 1
    elseif size == largest then
      ties = ties + 1
    end
  end
  local d = p == math.huge and largest or (sum + inside) ^ (1 / p)
  for k = 1, #x do
    local u = x[k] - y[k] + shift
    local slope = 0
    if p == math.huge then
      slope = math.abs(u) == largest and sign(u) / ties or 0
    elseif d > 0 then
      slope = sign(u) * math.abs(u) ^ (p - 1) / d ^ (p - 1)
    end
    gx[k], gy[k] = slope, -slope
  end
  return d, gx, gy
end

--- The loss and the gradients of one triplet away from ties.
function support.triplet(a, p, n, options)
  local dap, ap, pa = support.distance(a, p, options)
  local dan, an, na = support.distance(a, n, options)
  local dpn, pn, np = support.distance(p, n, options)
  local swap = options.swap and dpn < dan
  local h = dap + options.margin - (swap and dpn or dan)
  local loss, slope = math.max(h, 0), h > 0 and 1 or 0
  if options.soft_margin then
    loss, slope = math.log(1 + math.exp(h)), 1 / (1 + math.exp(-h))
  end
  local ga, gp, gn = {}, {}, {}
  for k = 1, #a do
    ga[k] = slope * (ap[k] - (swap and 0 or an[k]))
    gp[k] = slope * (pa[k] - (swap and pn[k] or 0))
    gn[k] = slope * -(swap and np[k] or na[k])
  end
  return { loss = loss, h = h, active = slope > 0, anchors = ga, positives = gp, negatives = gn, dap = dap, dan = dan }
end

return support
