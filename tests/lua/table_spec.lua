--- triplet.table: what people's tables become, what is told of it, and recipes for new files. Tables stand here as they
--- lie in the world; of larger ones the spec makes some with the same traits.

local support = require "tests.lua.support"
local triplet = require "triplet"

local failure = support.failure

local function read(text, options)
  local columns, recipe = triplet.table.read(text, options)
  return assert(columns, recipe), recipe
end

--- What is at fault with a table.
local function fault(text, options)
  local columns, message = triplet.table.read(text, options)
  assert.is_nil(columns)
  return message
end

--- "x number input; k category label" ...
local function described(columns)
  local list = {}
  for i, column in ipairs(columns.columns) do
    list[i] = ("%s %s %s"):format(column.name, column.kind, column.use)
  end
  return table.concat(list, "; ")
end

--- Notes as the command tells them, and "!" before warnings.
local function told(columns)
  local list = {}
  for i, note in ipairs(columns.notes) do
    list[i] = ("%s%s [%s; %s=%s]"):format(note.warning and "! " or "", note.text, note.reason or "", note.option or "",
      note.value or "")
  end
  return list
end

--- The column of a matrix.
local function entries(matrix, column)
  local list = {}
  for row = 1, matrix.rows do
    list[row] = matrix:get(row, column)
  end
  return list
end

--- A table of so many rows: header, and cells of row i.
local function made(rows, header, cells)
  local lines = { header }
  for i = 1, rows do
    lines[#lines + 1] = cells(i)
  end
  return table.concat(lines, "\n") .. "\n"
end

describe("a table", function()
  it("becomes columns, labels and a matrix", function()
    local columns, recipe = read("x,y,kind\n1,10,b\n3,10.5,a\n5,10,b\n", { label = "kind" })
    assert.equal(3, columns.rows)
    assert.equal("x number input; y number input; kind category label", described(columns))
    assert.equal("kind", columns.label)
    assert.same({ "a", "b" }, columns.classes)
    assert.same({ 1, 0, 1 }, columns.labels)
    assert.same({ 1, 2, 3 }, columns.row_numbers)
    assert.same({ 1, 3, 5 }, columns:numbers("x"))
    assert.same({ "b", "a", "b" }, columns:texts("kind"))
    assert.same({}, columns.notes)

    assert.same({ "x", "y" }, recipe.inputs)
    assert.equal("kind", recipe.label)
    recipe:fit()
    local deviation = math.sqrt(8 / 3)
    assert.same({ name = "x", kind = "number", mean = 3.0, deviation = deviation, fill = 3.0 }, recipe.columns[1])
    local x = recipe:matrix(columns)
    assert.same({ 3, 2 }, { x.rows, x.cols })
    assert.is_true(support.error_of(entries(x, 1), { -2 / deviation, 0, 2 / deviation }) < 1e-6)
  end)

  it("has no label unless one is asked for", function()
    local columns, recipe = read("x,kind\n1,b\n3,a\n")
    assert.equal("x number input; kind category input", described(columns))
    assert.same({}, { columns.label, columns.labels, columns.classes, recipe.label })
  end)

  for what, label in pairs { name = "k", number = 3, ["number as a text"] = "3", last = "last" } do
    it("has the label that is asked for by its " .. what, function()
      assert.equal("k", read("a,b,k\n1,2,x\n2,3,y\n", { label = label }).label)
    end)
  end

  it("has the first column for its label, too", function()
    local columns = read("a,b\n2,1\n10,2\n2,4\n", { label = "first" })
    assert.same({ "2", "10" }, columns.classes) -- numbers in their order
    assert.same({ 0, 1, 0 }, columns.labels)
  end)

  it("takes a column that is named like a number by its name", function()
    assert.equal("1", read("a,1\n2,1\n10,2\n", { label = 1 }).label)
  end)

  it("makes a category a column for each of its values", function()
    local columns, recipe = read("size,x,k\nsmall,1,a\nlarge,2,b\n,3,b\n", { label = "k", standardize = false })
    assert.same({ "large", "small" }, columns.columns[1].values)
    assert.equal(1, columns.columns[1].missing)
    assert.same({ "small", "large", nil }, columns:texts("size"))
    assert.same({ "size=large", "size=small", "x" }, recipe.inputs)
    assert.same({ name = "size", kind = "category", values = { "large", "small" } }, recipe.columns[1])
    assert.same({ { 0, 1, 1 }, { 1, 0, 2 }, { 0, 0, 3 } }, recipe:matrix(columns):totable())
  end)

  it("standardises by the rows that the recipe is fitted to, in double", function()
    -- In float32 the times would have three different values.
    local text = made(200, "time,k", function(i)
      return ("%d,%s"):format(1700000000 + i % 3, ({ "a", "b", "c" })[i % 3 + 1])
    end)
    local columns, recipe = read(text, { label = "k" })
    recipe:fit({ 1, 2, 3 })
    local x = recipe:matrix(columns)
    local expected = {}
    for i = 1, 200 do
      expected[i] = (i % 3 - 1) / math.sqrt(2 / 3)
    end
    assert.is_true(support.error_of(entries(x, 1), expected) < 1e-6)
  end)

  it("gives the rows that are asked for, in their order", function()
    local columns, recipe = read("x,k\n1,a\n2,b\n3,a\n", { label = "k", standardize = false })
    assert.same({ { 3 }, { 1 }, { 3 } }, recipe:matrix(columns, { 3, 1, 3 }):totable())
    assert.equal(0, recipe:matrix(columns, {}).rows)
    assert.equal(3, recipe:matrix(columns).rows)
  end)

  it("trains a model, which keeps the recipe", function()
    local columns, recipe = read(made(40, "x,size,k", function(i)
      return ("%g,%s,%s"):format(i % 7 + i % 2 * 9, i % 4 < 2 and "s" or "l", i % 2 == 0 and "a" or "b")
    end), { label = "k" })
    recipe:fit()
    local trainer = triplet.trainer {
      data = recipe:matrix(columns), labels = columns.labels, classes = columns.classes, recipe = recipe,
      standardize = false, layers = { 2 }, steps = 20,
    }
    trainer:run()
    assert.same(recipe.inputs, trainer.recipe.inputs)
    assert.same(recipe.columns, trainer.recipe.columns)

    local model = assert(triplet.from_bytes(trainer:tobytes()))
    assert.same(recipe.columns, model.recipe.columns)
    assert.equal("k", model.recipe.label)
    local new = assert(triplet.table.read("size;more;x\ns;?;3,5\nl;1;1\n", { recipe = model.recipe }))
    local same = recipe:matrix(read("x,size\n3.5,s\n1,l\n", { recipe = recipe }))
    assert.same(trainer:embed(same):totable(), model:embed(model.recipe:matrix(new)):totable())
  end)

  it("tells its progress and can be cancelled", function()
    local text = made(300000, "x,k", function(i) return i % 100 .. ".5," .. i % 3 end)
    local last = 0
    read(text, { label = "k", progress = function(done)
      assert.is_true(done >= last and done <= 1)
      last = done
    end })
    assert.equal(1, last)
    assert.same({ nil, "cancelled" }, { triplet.table.read(text, { progress = function() return false end }) })
    assert.equal("enough", failure(triplet.table.read, text, { progress = function() error("enough", 0) end }))
  end)
end)

describe("tables as people have them", function()
  it("have no header", function()
    local columns = read("0,0,1\n0.1,1,0\n")
    assert.equal("1 number input; 2 number input; 3 number input", described(columns))
    assert.equal(2, columns.rows)
    assert.same({ "no header: the columns are called 1 to 3 [; header=true]" }, told(columns))
  end)

  it("have no header, and the label in their last column", function()
    local columns = read("0.02,0.037,R\n0.045,0.052,R\n0.026,0.058,M\n0.01,0.01,M\n", { label = "last" })
    assert.equal("1 number input; 2 number input; 3 category label", described(columns))
    assert.same({ 1, 1, 0, 0 }, columns.labels)
  end)

  it("have no header, and a category first", function()
    local columns, recipe = read("M,0.455,15\nM,0.35,7\nF,0.53,9\nI,0.33,7\n", { label = "last" })
    assert.equal("1 category input; 2 number input; 3 category label", described(columns))
    assert.same({ "1=F", "1=I", "1=M", "2" }, recipe.inputs)
    assert.same({ "7", "9", "15" }, columns.classes)
  end)

  it("have a header that is to be taken for data, or data for a header", function()
    assert.equal("1 number input; 2 number input", described(read("2001,2002\n1,2\n3,4\n", { header = false })))
    for _, header in ipairs { true, "true" } do
      local columns = read("2001,2002\n1,2\n3,4\n", { header = header })
      assert.equal("2001 number input; 2002 number input", described(columns))
    end
    assert.equal(2, read("x,k\n1,a\n2,b\n", { header = "auto" }).rows)
  end)

  it("are separated by tabs, some of them doubled", function()
    local columns = read("15.26\t14.84\t5.22\t1\n14.88\t14.57\t\t4.95\t1\n14.29\t\t14.09\t4.82\t2\n",
      { label = "last" })
    assert.same({ 14.84, 14.57, 14.09 }, columns:numbers("2"))
    assert.same({ 0, 0, 1 }, columns.labels)
    assert.matches("tabs, several of which count as one", told(columns)[1])
  end)

  it("have an index of pandas' without a name, and an id, of which nothing is learned", function()
    local columns, recipe = read(made(90, ",id,diet,pulse,kind", function(i)
      return ("%d,%d,%s,%d,%s"):format(i - 1, math.floor((i + 2) / 3), i % 2 == 0 and "no fat" or "low fat",
        80 + i * i % 31, ({ "rest", "walking", "running" })[i % 3 + 1])
    end), { label = "kind" })
    assert.equal("column_1 number left_out; id number left_out; diet category input; pulse number input; "
      .. "kind category label", described(columns))
    assert.same({ "diet=low fat", "diet=no fat", "pulse" }, recipe.inputs)
  end)

  it("keep an id that is asked for", function()
    local text = made(25, "id,x,k", function(i) return ("%d,%d,%s"):format(i, i * i % 7, i % 2 == 0 and "a" or "b") end)
    local columns = read(text, { label = "k" })
    assert.equal("id number left_out; x number input; k category label", described(columns))
    local note = columns.notes[1]
    assert.equal("left out: id", note.text)
    assert.equal("keep", note.option)
    assert.equal("id number input; x number input; k category label",
      described(read(text, { label = "k", [note.option] = note.value })))
  end)

  it("keep a row number where nothing else is left", function()
    local columns = read(made(25, "n,k", function(i) return i .. "," .. i % 2 end), { label = "k" })
    assert.equal("n number input; k category label", described(columns))
  end)

  it("have letters for categories, and one that never varies", function()
    local columns, recipe = read(made(30, "cap,odor,veil,class", function(i)
      return ("%s,%s,p,%s"):format(({ "b", "c", "f" })[i % 3 + 1], i % 5 == 0 and "?" or "a",
        i % 2 == 0 and "e" or "p")
    end), { label = "class" })
    assert.equal("cap category input; odor category input; veil category left_out; class category label",
      described(columns))
    assert.same({ "cap=b", "cap=c", "cap=f", "odor=a" }, recipe.inputs)
    assert.equal(6, columns.columns[2].missing)
    assert.equal(1, recipe:matrix(columns, { 5 }):totable()[1][1 + 5 % 3])
    assert.equal(0, recipe:matrix(columns, { 5 }):get(1, 4))
  end)

  it("have empty cells, which the mean of the column fills, or which drop their rows", function()
    local text = "x,y,k\n1,2,a\n,3,b\n4,5,a\n7,?,b\n4,5,b\n"
    local columns, recipe = read(text, { label = "k" })
    assert.same({ "x: 1 of 5 empty, filled with the mean [; missing=drop]",
      "y: 1 of 5 empty, filled with the mean [; missing=drop]" }, told(columns))
    assert.same({ 1, nil, 4, 7, 4 }, columns:numbers("x"))
    recipe:fit({ 1, 2, 3 })
    assert.equal(2.5, recipe.columns[1].fill)
    assert.equal(0, recipe:matrix(columns):get(2, 1))

    local _, raw = read(text, { label = "k", standardize = false })
    raw:fit({ 1, 2, 3 })
    assert.same({ mean = 0.0, deviation = 1.0, fill = 2.5, name = "x", kind = "number" }, raw.columns[1])
    assert.equal(2.5, raw:matrix(columns):get(2, 1))

    columns = read(text, { label = "k", missing = "drop" })
    assert.same({ 3, { 1, 3, 5 }, { 0, 0, 1 } }, { columns.rows, columns.row_numbers, columns.labels })
    assert.equal(1, #columns.notes)

    assert.equal('column x: 1 of 5 cells are empty; missing = "mean" fills them; column y: 1 of 5 cells are empty; '
      .. 'missing = "mean" fills them', fault(text, { label = "k", missing = "error" }))
  end)

  it("write missing cells in many ways, and in one of their own", function()
    local columns = read("x,k\n1,a\nNA,a\nn/a,b\nNaN,b\nNULL,b\n?,b\n-,b\n -9 ,b\n2,b\n", { label = "k" })
    assert.equal(6, columns.columns[1].missing)
    columns = read("x,k\n1,a\nnone,a\n-9,b\n2,b\n", { label = "k", missing_texts = { "none", "-9" } })
    assert.equal("x number input; k category label", described(columns))
    assert.same({ 1, nil, nil, 2 }, columns:numbers("x"))
    assert.equal(1, read("x,k\n1,a\nnone,a\n2,b\n", { label = "k", missing_texts = "none" }).columns[1].missing)
  end)

  it("lack a label here and there, whose rows are left out", function()
    local columns = read("x,k\n1,a\n2,\n3,b\n", { label = "k" })
    assert.same({ { 1, 3 }, { 0, 1 } }, { columns.row_numbers, columns.labels })
    assert.equal(1, #columns.notes)
  end)

  it("have columns that repeat the label, of which is warned", function()
    local columns = read(made(30, "survived,alive,fare", function(i)
      return ("%d,%s,%d"):format(i % 2, i % 2 == 0 and "no" or "yes", i * i % 17)
    end), { label = "survived" })
    local warnings = {}
    for _, note in ipairs(columns.notes) do
      if note.warning then
        warnings[#warnings + 1] = { note.option, note.value }
        assert.matches("^alive ", note.text)
      end
    end
    assert.same({ { "ignore", "alive" } }, warnings)
    local _, recipe = read("survived,alive,fare\n0,no,1\n1,yes,3\n0,no,2\n1,yes,5\n", { label = 1, ignore = "alive" })
    assert.same({ "fare" }, recipe.inputs)
  end)

  it("have texts of which nothing can be learned, unless they are asked for", function()
    local text = made(60, "name,x,k", function(i) return ("car %d,%d,%d"):format(i, i * i % 7, i % 2) end)
    local columns, recipe = read(text, { label = "k" })
    assert.equal("name text left_out; x number input; k category label", described(columns))
    assert.same({ "x" }, recipe.inputs)
    assert.equal(61, #select(2, read(text, { label = "k", categories = "name" })).inputs)
  end)

  it("have numbers that are categories, if they are asked for", function()
    local _, recipe = read("zip,x,k\n10,1,a\n9,2,b\n10,5,a\n", { label = "k", categories = { "zip" } })
    assert.same({ "zip=9", "zip=10", "x" }, recipe.inputs)
  end)

  it("have quotes everywhere, and in quotes what separates cells and lines", function()
    local columns = read('"total, bill";"day"\n"16,99";"Sun; or ""Sat"""\n"10";"a\r\nb"\n', { label = "day" })
    assert.equal("total, bill number input; day category label", described(columns))
    assert.same({ 16.99, 10 }, columns:numbers("total, bill"))
    assert.same({ 'Sun; or "Sat"', "a\nb" }, columns:texts("day"))
  end)

  it("have a header that names two columns alike, or one not at all", function()
    assert.equal("x number input; x_2 number input; column_3 number input; k category label",
      described(read("x,x,,k\n1,2,3,a\n2,1,1.5,b\n", { label = "k" })))
  end)

  it("write decimals with a comma", function()
    local columns = read("x;y;k\n0,5;1,5;a\n1,5;1,25e1;b\n", { label = "k" })
    assert.same({ { 0.5, 1.5 }, { 1.5, 12.5 } }, { columns:numbers("x"), columns:numbers("y") })
  end)

  it("end their lines in several ways at once", function()
    local columns = read("x,k\n0,a\r\n1,b\r2,a\n\n3,b", { label = "k" })
    assert.same({ "a", "b" }, columns.classes)
    assert.same({ 0, 1, 2, 3 }, columns:numbers("x"))
  end)

  it("have more commas than semicolons in their texts", function()
    local columns = read("item;x;k;note\n1;2;a;b, c, d\n3;4;b;e, f, g, h\n", { label = "k" })
    assert.equal("item number input; x number input; k category label; note category input", described(columns))
  end)

  it("are separated by what is said", function()
    for separator, text in pairs {
      comma = "x;1,k\n2,a\n1,b\n",
      semicolon = "x;k\n2,5;a\n1;b\n",
      tab = "x y\tk\n2\ta\n1\tb\n",
      pipe = "x|k\n2|a\n1|b\n",
      blanks = "x   k\n 2 \t a\n1 b \n",
    } do
      local columns = read(text, { label = "k", separator = separator })
      assert.equal(2, #columns.columns, separator)
      assert.same({ 0, 1 }, columns.labels)
    end
  end)

  it("have comments", function()
    local columns = read("# made by hand\nx,k\n1,a\n#2,a\n3,b\n", { label = "k", comment = "#" })
    assert.same({ 1, 3 }, columns:numbers("x"))
  end)

  it("are Latin-1, which has to be said", function()
    local text = "x,k\n1,\233\n2,\232\n"
    assert.equal('row 1, column k: not UTF-8; encoding = "latin1" reads Latin-1', fault(text, { label = "k" }))
    assert.same({ "è", "é" }, read(text, { label = "k", encoding = "latin1" }).classes)
  end)

  it("begin with a byte order mark", function()
    assert.equal("x number input; k category label", described(read("\239\187\191x,k\n1,a\n2,b\n", { label = "k" })))
  end)

  it("have cells that begin like numbers and are long", function()
    local columns = read("x,k\n" .. ("1"):rep(80000) .. "x,a\n2,b\n3,a\n", { label = "k" })
    assert.equal("category", columns.columns[1].kind)
    columns = read("x,k\n" .. ("1"):rep(300) .. "." .. ("1"):rep(80000) .. ",a\n2,b\n", { label = "k" })
    assert.equal(tonumber(("1"):rep(300) .. ".1"), columns:numbers("x")[1])
  end)

  it("have hexadecimal and infinite cells, which are texts", function()
    local columns = read("x,y,k\n0x10,inf,a\n1,2,b\n", { label = "k" })
    assert.same({ "0x10", "1" }, columns:texts("x"))
    assert.same({ "inf", "2" }, columns:texts("y"))
  end)
end)

describe("no table", function()
  for what, case in pairs {
    nothing = { "", "it is empty" },
    ["a header alone"] = { "x,y\n", "it has a header, and no rows" },
    ["UTF-16"] = { "\255\254x\0,\0k\0\n\0", "it is UTF-16: save the table as CSV in UTF-8" },
    ["a workbook"] = { "PK\3\4...", "it is a ZIP archive, as workbooks of spreadsheets are: save the table as CSV" },
    ["a model"] = { "@\0\0\0\0\0\0\0" .. '{"__metadata__":{}}' .. (" "):rep(45),
      "it is a model (safetensors), not a table" },
    ["a table of which nothing can be learned"] = { "x,k\n1,a\n1,b\n",
      'no column is left to learn from; left out: x (the same in every row; keep = "x")', { label = "k" } },
    ["what has other widths and an open quote"] = { 'x,y,k\n1,2,a\n1,2\n1,2,3,4\n1,"a\n',
      "row 2: 2 cells, where the first line has 3; row 3: 4 cells, where the first line has 3; "
      .. "row 4, column y: a quote is opened and never closed" },
    ["one that lacks what is asked for"] = { "a,b\n1,2\n3,1\n", 'keep: there is no column "c" among a, b; '
      .. 'ignore: there is no column "d" among a, b; categories: there is no column "e" among a, b; '
      .. 'label: there is no column "f" among a, b',
      { label = "f", keep = "c", ignore = { "a", "d" }, categories = { "e" } } },
  } do
    it("is " .. what, function()
      assert.equal(case[2], fault(case[1], case[3]))
    end)
  end
end)

describe("a new table", function()
  local columns, recipe

  before_each(function()
    columns, recipe = read("size,x,y,k\ns,1,1,a\nl,3,1.5,b\ns,5,1,a\nl,7,2,b\n", { label = "k" })
    recipe:fit()
  end)

  it("has its columns in any order, and others", function()
    local new, more = read("k,y,note,x,size\nb,1,hm,1,s\na,1.5,hm,3,l\n", { recipe = recipe })
    assert.is_nil(more)
    assert.equal("k category left_out; y number input; note category left_out; x number input; size category input",
      described(new))
    assert.same(recipe:matrix(columns, { 1, 2 }):totable(), recipe:matrix(new):totable())
    assert.is_nil(new.labels)
  end)

  it("has values that the recipe does not know, which are told", function()
    local new = read("size,x,y\ns,1,1\nxl,3,1.5\nxs,3,1\n", { recipe = recipe })
    local x = recipe:matrix(new)
    assert.same({ { 0, 0, 0 }, { 1, 0, 0 } }, { entries(x, 1), entries(x, 2) })
    assert.equal(1, #new.notes)
    assert.is_true(new.notes[1].warning)
    assert.matches('^size: 2 of 3 rows .* "xl", "xs"$', new.notes[1].text)
  end)

  it("lacks cells, which are filled as the recipe says", function()
    local x = recipe:matrix(read("size,x,y\ns,,1\n,3,1.5\n", { recipe = recipe }))
    assert.equal(0, x:get(1, 3))
    assert.same({ { 0, 0 }, { 1, 0 } }, { entries(x, 1), entries(x, 2) })

    local _, dropping = read("x,y,k\n1,1,a\n3,1.5,b\n", { label = "k", missing = "drop" })
    assert.same({ 1, 3 }, read("x,y\n1,2\n,3\n4,5\n", { recipe = dropping }).row_numbers)
  end)

  it("carries a label along, where there is one", function()
    local new = read("kind,size,x,y\nb,s,1,1\n,l,3,1.5\na,s,5,1\n", { recipe = recipe, label = "kind" })
    assert.same({ 3, "kind", { "a", "b" }, { 1, {}, 0 } }, { new.rows, new.label, new.classes, new.labels })
    assert.same({ "b", nil, "a" }, new:texts("kind"))
  end)

  it("is refused with all that is wrong", function()
    assert.equal('columns that the model was trained on are missing: y; label: there is no column "k" among x, size; '
      .. 'row 2, column x: expected a number, got "many"',
      fault("x,size\n1,s\nmany,s\n", { recipe = recipe, label = "k" }))
  end)

  it("has to be one of the recipe", function()
    local other = read("x,z\n1,2\n2,1\n")
    assert.matches("^bad argument #1 to 'matrix' %(columns: expected a table that was read for this recipe",
      failure(recipe.matrix, recipe, other))
  end)

  it("has numbers that leave float32", function()
    local new = read("size,x,y\ns,1,1\nl,1e300,1\n", { recipe = recipe })
    assert.matches("columns: row 2, column x: the number is too far", failure(recipe.matrix, recipe, new))
  end)
end)

describe("misuse of tables", function()
  local text = "x,y,k\n1,a,a\n2,b,b\n"

  for expected, call in pairs {
    ["bad argument #1 to 'read' (bytes: expected a string, got number 1)"] = { 1 },
    ["bad argument #2 to 'read' (options: expected a table, got string \"k\")"] = { text, "k" },
    ["bad argument #2 to 'read' (label: expected a string or an integer, got boolean true)"] =
      { text, { label = true } },
    ["bad argument #2 to 'read' (label: expected an integer >= 1, got number 0)"] = { text, { label = 0 } },
    ["bad argument #2 to 'read' (keep: expected a table of strings, got number 1)"] = { text, { keep = 1 } },
    ["bad argument #2 to 'read' (ignore[2]: expected a string, got number 2)"] = { text, { ignore = { "x", 2 } } },
    ["bad argument #2 to 'read' (missing_texts: expected a string without zero bytes, got some)"] =
      { text, { missing_texts = "a\0b" } },
    ["bad argument #2 to 'read' (header: expected one of auto|true|false, got number 1)"] = { text, { header = 1 } },
    ["bad argument #2 to 'read' (missing: expected one of mean|drop|error, got boolean true)"] =
      { text, { missing = true } },
    ["bad argument #2 to 'read' (recipe: expected a recipe, got table)"] = { text, { recipe = {} } },
    ["bad argument #2 to 'read' (progress: expected a function, got number 1)"] = { text, { progress = 1 } },
  } do
    it("is told: " .. expected, function()
      assert.equal(expected, failure(triplet.table.read, call[1], call[2]))
    end)
  end

  it("of options lists the known ones", function()
    assert.matches('unknown option "seperator"; did you mean separator%? Known are label, keep, ignore',
      failure(triplet.table.read, text, { seperator = "comma" }))
  end)

  it("of columns is told", function()
    local columns = read(text, { label = "k" })
    assert.equal("bad argument #1 to 'numbers' (name: expected a column of numbers, got string \"y\", which has texts)",
      failure(columns.numbers, columns, "y"))
    assert.equal("bad argument #1 to 'texts' (name: expected a column of texts, got string \"x\", which has numbers)",
      failure(columns.texts, columns, "x"))
    assert.equal("bad argument #1 to 'texts' (name: expected a column of the table, got string \"z\")",
      failure(columns.texts, columns, "z"))
    local many = read(made(60, "name,x", function(i) return ("name %d,%d"):format(i, i % 9) end))
    assert.equal("bad argument #1 to 'texts' (name: expected a column of texts, got string \"name\", which has been "
      .. "left out)", failure(many.texts, many, "name"))
  end)

  it("of recipes is told", function()
    local columns, recipe = read(text, { label = "k" })
    assert.equal("bad argument #1 to 'fit' (rows[2]: expected an integer in 1 .. 2, got 3)",
      failure(recipe.fit, recipe, { 1, 3 }))
    assert.equal("bad argument #1 to 'fit' (rows: expected at least one row, got none)",
      failure(recipe.fit, recipe, {}))
    assert.equal("bad argument #2 to 'matrix' (rows[1]: expected an integer in 1 .. 2, got 0)",
      failure(recipe.matrix, recipe, columns, { 0 }))
    assert.equal("bad argument #1 to 'matrix' (columns: expected the columns of a table, got nil)",
      failure(recipe.matrix, recipe))
    assert.matches("^bad argument #1 to 'trainer' %(recipe: expected .*1 .*got 3%)",
      failure(triplet.trainer, { data = { { 1 }, { 2 } }, labels = { 0, 1 }, layers = { 2 }, recipe = recipe }))
  end)

  it("ends where they are closed", function()
    local columns, recipe = read(text, { label = "k" })
    local x = recipe:matrix(columns)
    columns:close()
    columns:close()
    assert.same({}, { columns.rows, columns.labels, columns.columns })
    assert.equal("calling 'texts' on closed columns", failure(columns.texts, columns, "y"))
    assert.equal("calling 'fit' on a recipe whose columns are closed", failure(recipe.fit, recipe))
    assert.equal("bad argument #1 to 'matrix' (columns: expected open ones, got closed ones)",
      failure(recipe.matrix, recipe, columns))
    assert.same({ "x", "y=a", "y=b" }, recipe.inputs)

    local trainer = triplet.trainer { data = x, labels = { 0, 1 }, layers = { 2 }, recipe = recipe }
    local kept = trainer.recipe
    assert.equal("calling 'fit' on the recipe of a trainer, which learned with it as it is", failure(kept.fit, kept))
    trainer:close()
    assert.same({}, { trainer.recipe, kept.inputs })
    assert.equal("calling 'matrix' on a closed recipe", failure(kept.matrix, kept, columns))
    assert.equal("bad argument #2 to 'read' (recipe: expected an open recipe, got a closed one)",
      failure(triplet.table.read, text, { recipe = kept }))
  end)

  it("is no matter of a trainer without recipe", function()
    assert.is_nil(triplet.trainer { data = { { 1 }, { 2 } }, labels = { 0, 1 }, layers = { 2 } }.recipe)
  end)

  it("keeps the trainer of a recipe alive, and the columns of another", function()
    local columns, recipe = read(text, { label = "k" })
    local inputs = recipe.inputs
    local kept = triplet.trainer { data = recipe:matrix(columns), labels = { 0, 1 }, layers = { 2 }, recipe = recipe }
      .recipe
    columns = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    recipe:fit()
    assert.same(inputs, kept.inputs)
    assert.equal(1.5, recipe.columns[1].mean)
  end)
end)
