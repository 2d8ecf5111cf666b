local csv = require "triplet.csv"

describe("csv", function()
  local path

  before_each(function()
    path = os.tmpname()
  end)

  after_each(function()
    os.remove(path)
  end)

  local function read(text, options)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return csv.read(path, options)
  end

  -- The table as rows of numbers.
  local function numbers(data)
    local rows = {}
    for i = 1, data.rows do
      local format = "<" .. ("f"):rep(#data.columns)
      rows[i] = { string.unpack(format, data.bytes, (i - 1) * 4 * #data.columns + 1) }
      rows[i][#data.columns + 1] = nil
    end
    return rows
  end

  it("reads numbers in the order of the columns and carries the label along", function()
    local data = read("a,kind,b\n1,x,2.5\n-3e2,y,0\n", { label = "kind" })
    assert.same({ "a", "b" }, data.columns)
    assert.same({ { 1, 2.5 }, { -300, 0 } }, numbers(data))
    assert.same({ "x", "y" }, data.labels)
  end)

  it("reads numbers as float32", function()
    assert.equal(string.pack("<fff", 0.1, -1e-40, 3.4e38), read("a,b,c\n0.1,-1e-40,3.4e38\n").bytes)
  end)

  it("takes the columns that are asked for, in that order, and no other", function()
    local data = read("a,text,b,c\n1,x,2,3\n", { columns = { "c", "a" } })
    assert.same({ { 3, 1 } }, numbers(data))
    assert.is_nil(data.labels)
  end)

  it("leaves ignored columns out", function()
    assert.same({ "b" }, read("id,b,note\nx,1,y\n", { ignore = { "note", "id" } }).columns)
  end)

  for name, text in pairs {
    ["CRLF"] = "a,k,b\r\n1,x,2\r\n3,y,4\r\n",
    ["no end of the last line"] = "a,k,b\n1,x,2\n3,y,4",
    ["blank lines"] = "a,k,b\n1,x,2\n\n3,y,4\n\n\r\n",
    ["a byte order mark"] = "\xEF\xBB\xBFa,k,b\n1,x,2\n3,y,4\n",
    ["tabs"] = "a\tk\tb\n1\tx\t2\n3\ty\t4\n",
    ["semicolons"] = "a;k;b\n1;x;2\n3;y;4\n",
    ["quotes everywhere"] = '"a","k","b"\n"1","x","2"\n"3","y","4"\n',
    ["spaces around numbers"] = "a,k,b\n 1 ,x, 2\n3 ,y,4\n",
  } do
    it("reads " .. name, function()
      local data = assert(read(text, { label = "k" }))
      assert.same({ "a", "b" }, data.columns)
      assert.same({ { 1, 2 }, { 3, 4 } }, numbers(data))
      assert.same({ "x", "y" }, data.labels)
    end)
  end

  it("reads delimiters, quotes and line breaks inside quotes", function()
    local data = read('"a,1";"the ""k"""\n1;"x;""y"""\n2;"line\r\nbreak\n\n"\n3;""\n4;5" nail\n', { label = 'the "k"' })
    assert.same({ "a,1" }, data.columns)
    assert.same({ 'x;"y"', "line\nbreak\n\n", "", '5" nail' }, data.labels)
    assert.same({ { 1 }, { 2 }, { 3 }, { 4 } }, numbers(data))
  end)

  it("chooses the delimiter outside the quotes of the header", function()
    assert.same({ "a,b,c", "d" }, read('"a,b,c"\td\n1\t2\n').columns)
  end)

  it("names columns without a name by their place", function()
    assert.same({ "column_1", "a" }, read(",a\n1,2\n").columns)
  end)

  it("takes hexadecimal for names and labels", function()
    local data = read("0x1,0x2\n1,0x10000000000000001\n2,1\n", { label = "0x2" })
    assert.same({ "0x1" }, data.columns)
    assert.same({ "0x10000000000000001", "1" }, data.labels)
  end)

  it("keeps an empty last field", function()
    assert.same({ "", "x" }, read("a,k\n1,\n2,x\n", { label = "k" }).labels)
  end)

  it("reads fields of megabytes", function()
    local long = ('line "" of text\n'):rep(100000)
    local data = read('a,k\n1,"' .. long .. '"\n', { label = "k" })
    assert.equal((long:gsub('""', '"')), data.labels[1])
  end)

  for name, case in pairs {
    ["an empty file"] = { "", "PATH is empty" },
    ["a header alone"] = { "a,b\n", "PATH has a header but no rows" },
    ["a missing header"] = { "1,2\n3,4\n",
      "PATH: expected a header with the columns' names in the first line, got numbers" },
    ["columns of one name"] = { "a,b,a\n1,2,3\n", 'PATH: two columns are named "a"' },
    ["text for a number"] = { "a,b\n1,2\n3,n/a\n",
      'PATH row 2, column "b": expected a number, got "n/a"', column = "b" },
    ["nothing for a number"] = { "a,b\n,2\n", 'PATH row 1, column "a": expected a number, got nothing', column = "a" },
    ["an infinite number"] = { "a\ninf\n", 'PATH row 1, column "a": expected a number, got "inf"', column = "a" },
    ["a number beyond float32"] = { "a\n-1e39\n",
      'PATH row 1, column "a": expected a float32 number, got "-1e39"', column = "a" },
    ["a number beyond all numbers"] = { "a\n1e999\n",
      'PATH row 1, column "a": expected a float32 number, got "1e999"', column = "a" },
    ["hexadecimal"] = { "a\n0x10\n", 'PATH row 1, column "a": expected a number, got "0x10"', column = "a" },
    ["hexadecimal that Lua would wrap"] = { "a\n-0X10000000000000001\n",
      'PATH row 1, column "a": expected a number, got "-0X10000000000000001"', column = "a" },
    ["a hexadecimal fraction"] = { "a\n 0x1p4\n", 'PATH row 1, column "a": expected a number, got " 0x1p4"',
      column = "a" },
    ["not a number"] = { "a\nnan\n", 'PATH row 1, column "a": expected a number, got "nan"', column = "a" },
    ["digits in groups"] = { "a\n1_000\n", 'PATH row 1, column "a": expected a number, got "1_000"', column = "a" },
    ["a model"] = { ("<I8"):pack(64) .. '{"__metadata__":{}}' .. (" "):rep(45),
      "PATH is a model (safetensors), not a table" },
    ["a long text for a number"] = { "a\n" .. ("x"):rep(1000) .. "\n",
      ('PATH row 1, column "a": expected a number, got "%s..."'):format(("x"):rep(37)), column = "a" },
    ["a short row"] = { "a,b\n1,2\n\n3\n", "PATH row 2: expected 2 fields like the header, got 1" },
    ["a long row"] = { "a,b\n1,2,3\n", "PATH row 1: expected 2 fields like the header, got 3" },
    ["an open quote"] = { 'a\n1\n"2\n3\n', "PATH row 2: a quote is opened and never closed" },
    ["text behind a quote"] = { 'a,b\n"1"2,3\n', 'PATH row 1: text follows the closing quote of "1"' },
    ["a missing label column"] = { "a,b\n1,2\n", 'PATH has no column "k"; it has "a", "b"', options = { label = "k" } },
    ["a missing ignored column"] = { "a,b\n1,2\n", 'PATH has no column "k"; it has "a", "b"',
      options = { ignore = { "k" } } },
    ["a missing asked column"] = { "a,b\n1,2\n", 'PATH has no column "c"; it has "a", "b"',
      options = { columns = { "a", "c" } } },
    ["no column of numbers"] = { "a,k\n1,2\n", "PATH: no column is left to read numbers from",
      options = { label = "k", ignore = { "a" } } },
    ["UTF-16"] = { "\xFF\xFEa\0\n\0", "PATH is not UTF-8 text" },
    ["Latin-1"] = { "gr\xF6\xDFe\n1\n", "PATH is not UTF-8 text" },
    ["a label in Latin-1"] = { "a,k\n1,x\n2,gr\xFCn\n",
      'PATH row 2, column "k": expected UTF-8 text, got "gr\xFCn"', options = { label = "k" } },
    ["a label with a zero"] = { "a,k\n1,x\0y\n", 'PATH row 1, column "k": expected UTF-8 text, got "x y"',
      options = { label = "k" } },
  } do
    it("refuses " .. name, function()
      local data, message, column = read(case[1], case.options)
      assert.is_nil(data)
      assert.equal(case[2], (message:gsub(path, "PATH", 1, true)))
      assert.equal(case.column, column)
    end)
  end

  it("says which file cannot be read", function()
    assert.same({ nil, "/nowhere/x.csv: No such file or directory" }, { csv.read("/nowhere/x.csv") })
    assert.same({ nil, "/tmp: Is a directory" }, { csv.read("/tmp") })
  end)

  it("lists twenty columns of many", function()
    local names = {}
    for i = 1, 30 do
      names[i] = "c" .. i
    end
    local header = table.concat(names, ",")
    local _, message = read(header .. "\n" .. header, { label = "k" })
    assert.match('"c20" and 10 more$', message)
  end)

  it("writes lines that it reads back", function()
    local fields = { "plain", 'a "quoted" one', "comma, ", "two\nlines", "" }
    assert.equal('plain,"a ""quoted"" one","comma, ","two\nlines",\n', csv.line(fields))
    for _, field in ipairs(fields) do
      assert.equal(field, read("a,k\n" .. csv.line { "1", field }, { label = "k" }).labels[1])
    end
  end)
end)
