local progress = require "triplet.progress"

describe("progress", function()
  local written, now, stream

  before_each(function()
    written, now = {}, 100
    stream = {
      write = function(_, ...)
        written[#written + 1] = table.concat { ... }
      end,
      flush = function() end,
    }
  end)

  local function new(total)
    return progress.new(total, { stream = stream, clock = function() return now end })
  end

  it("tells step, speed and the time that is left", function()
    local line = new(1000)
    now = now + 2
    line:update(250, "loss 0.5")
    assert.same({ "\rstep 250 of 1000  loss 0.5  125 steps/s  6 s left" }, written)
  end)

  for left, text in pairs { [59] = "59 s", [61] = "1 min 01 s", [7260] = "2 h 01 min" } do
    it("writes " .. text, function()
      local line = new(left + 1)
      now = now + 1
      line:update(1, "")
      assert.match("  1 steps/s  " .. text .. " left$", written[1])
    end)
  end

  it("tells no speed before it knows one", function()
    new(10):update(1, "loss 0.5")
    assert.same({ "\rstep 1 of 10  loss 0.5" }, written)
  end)

  it("does not draw every step, but draws the last", function()
    local line = new(1000)
    for step = 1, 1000 do
      line:update(step, "x")
    end
    assert.is_true(#written < 100)
    assert.match("^\rstep 1000 of 1000", written[#written])
  end)

  it("clears what it wrote", function()
    local line = new(1)
    line:update(1, "long text")
    line:finish()
    local length = #written[1] - 1
    assert.equal("\r" .. (" "):rep(length), written[2])
    assert.equal("\r", written[3])
  end)

  it("tells of training what share of its triplets, or of its pairs, is active", function()
    local function text(stats)
      return progress.of_training { loss = 0.25, stats = stats }
    end
    assert.equal("loss 0.2500  25 % of triplets active", text { triplets = 8, active = 2 })
    assert.equal("loss 0.2500  50 % of pairs active", text { pairs = 8, active = 4 })
    assert.equal("no triplets", text { triplets = 0, active = 0 })
    assert.equal("no pairs", text { pairs = 0, active = 0 })
  end)
end)
