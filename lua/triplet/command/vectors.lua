--- Files of vectors: rows of numbers that have neither names nor labels, as other programs write them. Which files are
--- some is told by their bytes; all others are tables.

local fail = require "triplet.command.fail"
local interrupt = require "triplet.command.interrupt"
local triplet = require "triplet"

local vectors = {}

local TABLE = "table"

-- Formats that begin with what nothing else begins with.
local SIGNED = { npy = true, safetensors = true }

local FORMATS = { "auto", TABLE, "npy", "safetensors", "fvecs", "text" }

--- Flags of how a file is read, as a list.
function vectors.flags(parser)
  return {
    parser:option("--format", "What a file is whose bytes do not tell, as those of .npy and .safetensors always do: a "
      .. "table, .fvecs, or text, a word and its numbers in each line, as GloVe and word2vec have them (default: auto; "
      .. "GloVe's files, without a first line of their size, are text where that is said)."):choices(FORMATS)
      :argname("{" .. table.concat(FORMATS, ",") .. "}"),
    parser:option("--tensor", "The tensor of a safetensors file that has several."):argname("<name>"),
  }
end

--- The place of the first number that is none, or too large; nil where all are finite.
function vectors.not_finite(matrix)
  local done, problem = interrupt.pcall(triplet.standardization, matrix)
  local row, column = tostring(problem):match("got %S+ in row (%d+), column (%d+)")
  return not done and row and tonumber(row) or nil, tonumber(column)
end

--- The vectors that bytes are, { matrix, words }, the last nil where the rows have no names; nil where they are a
--- table. given: { format, tensor } of the command line.
function vectors.decode(path, bytes, given)
  local format, told = given.format or "auto", triplet.file_format(bytes)
  if SIGNED[told] then -- of two files one may be what was said
    format = told
  end
  local found = format == "auto" and told or format
  if format == TABLE or found == "auto" then
    if given.tensor then
      fail.usage("--tensor: belongs to safetensors files, and %s is a table", path)
    end
    return nil
  elseif given.tensor and found ~= "safetensors" then
    fail.usage("--tensor: belongs to safetensors files, and %s is of format %s", path, found)
  end

  -- A model has tensors, too.
  if found == "safetensors" and not given.tensor and triplet.from_bytes(bytes) then
    fail("%s: it is a model of triplet, not a file of rows", path)
  end
  local matrix, words = triplet.decode_matrix(bytes, { format = found, tensor = given.tensor })
  if not matrix then
    fail("%s: %s", path, (words:gsub("^expected the name of one", "--tensor: %0")))
  elseif matrix.rows == 0 or matrix.cols == 0 then
    fail("%s: expected rows of numbers, got %d x %d", path, matrix.rows, matrix.cols)
  end
  local row, column = vectors.not_finite(matrix)
  if row then
    fail("%s: row %s, column %d is not finite", path, words and words[row] or row, column)
  end
  return { matrix = matrix, words = words }
end

return vectors
