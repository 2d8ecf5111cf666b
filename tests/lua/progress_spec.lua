local progress = require "triplet.progress"

describe("progress", function()
  local written, now, columns, stream

  before_each(function()
    written, now, columns = {}, 100, 80
    stream = {
      write = function(_, ...)
        written[#written + 1] = table.concat { ... }
      end,
      flush = function() end,
    }
  end)

  local function new(name, visible)
    return progress.new(name, { visible = visible, stream = stream, clock = function() return now end,
      columns = function() return columns end })
  end

  --- What stands on a terminal of so many columns, after all that was written; fails if anything went beyond them.
  local function screen()
    local row, place = {}, 1
    for character in table.concat(written):gmatch(".") do
      if character == "\r" then
        place = 1
      else
        row[place], place = character, place + 1
        assert.is_true(place <= columns)
      end
    end
    return (table.concat(row):gsub(" +$", ""))
  end

  --- The report of a step.
  local function step(number, stats)
    return { step = number, loss = 0.25, stats = stats or { triplets = 8, active = 2 } }
  end

  it("tells its name at once", function()
    new("reading")
    assert.equal("reading", screen())
  end)

  it("tells the share that is done and the time that is left", function()
    local line = new("reading")
    now = now + 3
    line:share(0.25)
    assert.equal("reading  25 %  9 s left", screen())
    now = now + 3
    line:callback()(0.999)
    assert.equal("reading  99 %  1 s left", screen())
  end)

  it("tells step, loss, speed and the time that is left", function()
    local line = new("training")
    now = now + 2
    line:step(step(250), 1000)
    assert.equal("step 250 of 1000  loss 0.2500  25 % of triplets active  125 steps/s  6 s left", screen())
  end)

  it("tells of training what share of its triplets, or of its pairs, is active", function()
    for expected, stats in pairs {
      ["loss 0.2500  25 % of triplets active"] = { triplets = 8, active = 2 },
      ["loss 0.2500  50 % of pairs active"] = { pairs = 8, active = 4 },
      ["no triplets"] = { triplets = 0, active = 0 },
      ["no pairs"] = { pairs = 0, active = 0 },
    } do
      written = {}
      local line = new("training")
      now = now + 1
      line:step(step(1, stats), 10)
      assert.equal("step 1 of 10  " .. expected, screen())
    end
  end)

  for left, text in pairs { [59] = "59 s", [61] = "1 min 01 s", [7260] = "2 h 01 min" } do
    it("writes " .. text, function()
      local line = new("reading")
      now = now + 2
      line:share(2 / (2 + left))
      assert.matches("  " .. text .. " left$", screen())
    end)
  end

  it("tells no speed before it knows one", function()
    local line = new("reading")
    now = now + 1
    line:share(0.5)
    assert.equal("reading  50 %", screen())
  end)

  it("leaves out what has no room, and is nowhere wider than the terminal", function()
    for width, expected in pairs {
      [66] = "step 250 of 1000  loss 0.2500  125 steps/s  6 s left",
      [45] = "step 250 of 1000  loss 0.2500  6 s left",
      [41] = "step 250 of 1000  6 s left",
      [28] = "step 250 of 1000",
      [8] = "",
    } do
      written, columns = {}, width
      local line = new("training")
      now = now + 2
      line:step(step(250), 1000)
      assert.equal(expected, screen())
      line:finish()
      assert.equal("", screen())
    end
    for width, expected in pairs {
      [40] = "raw features  50 %  2 s left", [24] = "raw features  50 %", [19] = "50 %",
    } do
      written, columns = {}, width
      local line = new("raw features")
      now = now + 2
      line:share(0.5)
      assert.equal(expected, screen())
    end
  end)

  it("fits a terminal that has become narrower", function()
    local line = new("training")
    now = now + 2
    line:step(step(250), 1000)
    written, columns = {}, 30
    now = now + 2
    line:step(step(300), 1000)
    line:finish()
    assert.equal("", screen())
  end)

  it("does not draw every step", function()
    local line = new("training")
    for number = 1, 1000 do
      line:step(step(number), 1000)
    end
    assert.is_true(#written < 100)
  end)

  it("clears what it wrote, and what a terminal wrote behind it", function()
    local line = new("reading")
    stream:write("^C")
    line:finish()
    assert.equal("", screen())
    line = new("writing")
    stream:write("^C")
    progress.clear()
    assert.equal("", screen())
    now = now + 1
    line:share(0.5)
    assert.equal("writing  50 %", screen())
  end)

  it("writes nothing where it is not seen", function()
    local line = new("reading", false)
    now = now + 2
    line:share(0.5)
    line:step(step(1), 10)
    line:finish()
    assert.same({}, written)
  end)
end)
