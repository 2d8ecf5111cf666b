--- triplet train: learns an embedding from a labelled file, evaluates it by rows it never saw, and writes the results.

local adapter = require "triplet.command.adapter"
local describe = require "triplet.command.description"
local fail = require "triplet.command.fail"
local learning = require "triplet.command.learning"
local paired = require "triplet.command.paired"
local reading = require "triplet.command.reading"
local standard = require "triplet.command.standard"
local talk = require "triplet.command.talk"
local train_options = require "triplet.command.train_options"
local training = require "triplet.command.training"

local train = {}

function train.define(parser)
  parser:summary("Learn an embedding from a labelled file.")
  parser:usage("Usage: triplet train <file> --label <column> [options]\n"
    .. "       triplet train <vectors> --labels <file> [options]\n"
    .. "       triplet train <vectors> --references <vectors> [options]\n"
    .. "       triplet train <file> --pairs <columns> <columns> [options]")
  parser:description("Reads a table (CSV, TSV) or vectors (.npy, .safetensors, .fvecs, word2vec's and GloVe's text), "
    .. "tells how, holds out a part of each class, trains an encoder on the rest, and prints how well held-out rows "
    .. "find those of their class, before and after: among the rows that were trained on, as those of a user will, and "
    .. "among themselves. The same file, options and seed give the same bytes. Ctrl-C writes what was learned so far, "
    .. "and triplet resume goes on with it.")
  parser:argument("file", "Table or vectors, or - for standard input."):convert(standard.input)
  train_options.define_rows(parser, {
    parser:flag("--keep-rows", "Keep the embeddings and labels of the training rows in the model, which then tells "
      .. "the class of new rows by itself: whoever has the file can read them."),
  })
  parser:group("Pairs and adapters",
    parser:option("--references", "Learn by pairs: row i of the file, a query, belongs to row i of this one, and to no "
      .. "other row but equal ones. Held-out queries are then searched among held-out references. A batch is of "
      .. "--classes-per-batch times --rows-per-class pairs: of many, more is learned. Where no loss is given, it is "
      .. "--loss info_nce with --distance cosine."):argname("<file>"):convert(standard.input),
    parser:option("--pairs", "The same of a table, each of whose rows is a pair that belongs together (see --same) and "
      .. "has two groups of columns: q_* stands for all that begin with q_, and what the stars stand for says which "
      .. "belong together; or lists, a,b c,d. Both sides have one recipe: the values of either, and the means and "
      .. "deviations of the queries that are trained on."):argname { "<columns>", "<columns>" }:args(2),
    parser:option("--same", "With --pairs the column, with --references the file of a line each, that says same or "
      .. "different (or 1 or 0, yes or no, true or false): pairs that are different are left out.")
      :argname("<column or file>"),
    parser:option("--adapter", "Learn an adapter of vectors that another network made, which changes nothing at first: "
      .. "a layer, or a network of --layers. Chooses what is not given of --residual, --no-standardize, --normalize, "
      .. "--distance cosine, and --loss sup_con, or info_nce for pairs."):choices(adapter.KINDS)
      :argname("{" .. table.concat(adapter.KINDS, ",") .. "}"))
  train_options.define_table(parser, {
    parser:flag("--dry-run", "Print how the table is read, and stop."),
  })
  train_options.define_outputs(parser, "Model file to write (safetensors).")
  learning.define(parser, train_options.define_layers(parser):default(train_options.AUTO):show_default(false))
  parser:epilog("Examples:\n"
    .. "  triplet train iris.csv --label species --dry-run\n"
    .. "  triplet train iris.csv --label species --model model.safetensors --plot embedding.svg\n"
    .. "  triplet train iris.csv --label species --dim 2 --mining semihard --margin 0.2 --steps 5000\n"
    .. "  triplet train faces.npy --labels people.txt --model faces.safetensors\n"
    .. "  triplet train questions.npy --references answers.npy --adapter linear --model adapter.safetensors\n"
    .. "  triplet train pairs.csv --pairs 'q_*' 'r_*' --same match --model model.safetensors")
end

--- Prints how a table is read.
local function dry_run(options)
  if paired.are_wanted(options) then
    paired.check(options)
    return paired.dry_run(options, talk.of(options))
  end
  local given = training.table_options(options)
  local found, bytes = reading.vectors(options.file, given)
  if found then
    fail.usage("--dry-run: belongs to tables, and %s has vectors", options.file)
  elseif not given.label then
    fail.usage("missing option '--label' (see triplet --help)")
  end
  return describe(talk.of(options), options.file, reading.read(options.file, given, bytes))
end

function train.run(options)
  if options.dry_run then
    return dry_run(options)
  end
  return training.run(options)
end

return train
