---@meta triplet

--- Metric learning: the triplet margin loss, its exact gradient, in-batch mining and training, in float32, with the
--- same bits on every machine. Misuse raises an error that names the argument, what was expected and what was given.
--- Failures that a correct program can meet, such as a missing file, return nil and a message.
---
--- Indices count from 1. Rows with values that are not finite are never
--- dropped silently: the call raises, unless `nonfinite = "allow"`. A figure that could not be measured is nil.
---
--- Tables of options, lists and results of earlier calls may inherit by a metatable's `__index`. A key that is not an
--- option raises, even if it is inherited; but functions and names that begin with "__" may be inherited, since classes
--- have them. Reading a field that an object does not have raises, too.
---@class triplet
---@field version string "major.minor.patch"
---@field matrix triplet.matrix_module
---@field table triplet.table_module
---@field methods table<string, table<string, function>> the methods of each kind of object: "matrix", "trainer" ...
---@field properties table<string, table<string, function>> for each kind of object, the functions that read its fields
---@field interruptions table<string, function> what the command does with Ctrl-C
---@field streams table<string, function> what the command does with standard streams
local triplet = {}

--- A matrix, or a table of rows of numbers, which is copied into one.
---@alias triplet.rows triplet.matrix | number[][]
--- Finite numbers: a table, a matrix of one row or one column, or a number that stands for a list of one.
---@alias triplet.numbers number | number[] | triplet.matrix
--- A label: an integer that fits in 32 bits, or a text. Texts are numbered from 0 in order of appearance, so integers
--- beside them have to be negative. A memory and a trainer keep the numbers; the trainer's `classes` are its texts.
---@alias triplet.label integer | string
--- Labels of rows: one each, or a list for a row that has several, or none. Rows are positives of each other where they
--- have a label in common and negatives where they have none; a row without labels is neither to anybody.
---@alias triplet.labels (triplet.label | triplet.label[])[]
--- Who is what to whom, instead of labels: a matrix of the queries by the references, or by the queries themselves, of
--- 1 (a positive), -1 (a negative) and 0 (neither). It need not be symmetric. Every loss and every mining takes it, as
--- it takes rows of several labels; pytorch-metric-learning's miners take neither (its issues 669 and 742).
---@class triplet.relations
---@field relations triplet.rows

-- Matrices ------------------------------------------------------------------------------------------------------------

--- Rows x cols float32 in one block, row-major. `#m` is `m.rows`.
---@class triplet.matrix
---@field rows integer
---@field cols integer
---@operator len: integer
local matrix = {}

--- One entry. Raises if it is outside the matrix.
---@param row integer 1 .. rows
---@param column integer 1 .. cols
---@return number
function matrix:get(row, column) end

--- Sets one entry, rounded to float32. Raises if it is outside the matrix.
---@param row integer 1 .. rows
---@param column integer 1 .. cols
---@param value number
function matrix:set(row, column, value) end

--- A table of rows.
---@return number[][]
function matrix:totable() end

--- The entries as row-major little-endian float32.
---@return string bytes 4 x rows x cols bytes
function matrix:tobytes() end

--- Where the entries lie in memory, rows x cols float32, row-major: for other C modules, and LuaJIT's
--- `ffi.cast("float *", m:pointer())`. They are there as long as the matrix or a view of it is kept.
---@return lightuserdata
function matrix:pointer() end

--- A copy of rows, in the order of the indices, which may repeat.
---@param indices integer[] each 1 .. rows
---@return triplet.matrix
function matrix:select(indices) end

--- Rows first .. last, both included, as a matrix that shares their memory and keeps it alive: changing one changes the
--- other.
---@param first integer 1 .. rows + 1
---@param last integer first - 1 .. rows; first - 1: no rows
---@return triplet.matrix
function matrix:view(first, last) end

--- Sets every entry to one number, rounded to float32. This and the next four change the matrix, or the rows of another
--- that it is a view of, and return it, so that calls can follow each other:
---
---     local weights = triplet.matrix(3, 2):random(7):scale(0.1)
---     local gradient = triplet.matrix(3, 2):fill(1)
---     local before = weights:copy()
---     weights:add(gradient, -0.01) -- a step of gradient descent
---     assert(weights:get(1, 1) < before:get(1, 1))
---@param value number
---@return triplet.matrix # itself
function matrix:fill(value) end

--- Multiplies every entry by a number.
---@param factor number finite
---@return triplet.matrix # itself
function matrix:scale(factor) end

--- Normally distributed numbers of mean 0 and deviation 1, the same on every machine.
---@param seed integer 0 .. 2^53 - 1
---@return triplet.matrix # itself
function matrix:random(seed) end

--- Adds factor times x. Raises if x has another shape, or shares some rows with the matrix and not all.
---@param x triplet.rows of the matrix's shape
---@param factor? number finite; default 1
---@return triplet.matrix # itself
function matrix:add(x, factor) end

--- Takes the numbers of x. Raises as `add` does. Without x: a new matrix with the same numbers.
---@param x? triplet.rows of the matrix's shape
---@return triplet.matrix # itself, or the new one
function matrix:copy(x) end

--- The bytes of a file that other programs read: NumPy's .npy, .fvecs, or .safetensors with a tensor called "matrix".
---
---     local bytes = triplet.matrix{ { 1, 2 }, { 3, 4 } }:encode("npy")
---     assert(triplet.file_format(bytes) == "npy")
---     assert(triplet.decode_matrix(bytes):get(2, 1) == 3)
---@param format "npy" | "fvecs" | "safetensors"
---@return string bytes
function matrix:encode(format) end

--- Writes such a file by way of `triplet.output`. Raises if the path ends in none of .npy, .fvecs and .safetensors.
---
---     assert(triplet.matrix{ { 1, 2 }, { 3, 4 } }:save("rows.npy")) -- numpy.load("rows.npy")
---     local rows = assert(triplet.load_matrix("rows.npy"))
---     assert(rows:get(1, 2) == 2)
---@param path string without zero bytes
---@return true? # nil if it cannot be written
---@return string? message
function matrix:save(path) end

--- `triplet.matrix(rows, cols)` gives zeros, `triplet.matrix{ {1, 2}, {3, 4} }` a copy of the rows.
---@class triplet.matrix_module
---@overload fun(rows: integer, cols: integer): triplet.matrix
---@overload fun(rows: number[][]): triplet.matrix
local matrix_module = {}

--- A matrix from bytes such as `tobytes` returns. Raises if their number is not 4 x rows x cols.
---@param bytes string little-endian float32, row-major
---@param rows integer >= 0
---@param cols integer >= 0
---@return triplet.matrix
function matrix_module.from_bytes(bytes, rows, cols) end

--- A matrix over memory of somebody else, which is read and written in place. It keeps the owner, and does not look
--- whether the memory is as large as that.
---
---     local m = triplet.matrix{ { 1, 2 }, { 3, 4 } }
---     local second = triplet.matrix.over(m:view(2, 2):pointer(), 1, 2, m)
---     second:set(1, 1, 5)
---     assert(m:get(2, 1) == 5)
---@param pointer lightuserdata to rows x cols float32, row-major, aligned to 4 bytes; in LuaJIT also a float[],
--- float * or void * of ffi
---@param rows integer >= 0
---@param cols integer >= 0
---@param owner any what has to be kept as long as the memory is used (the pointer)
---@return triplet.matrix
function matrix_module.over(pointer, rows, cols, owner) end

-- Tables --------------------------------------------------------------------------------------------------------------

--- Tables as people have them: the bytes of a CSV or TSV file become columns, and a recipe makes them, and those of
--- later files, a matrix.
---
---     local file = assert(io.open("flowers.csv", "rb"))
---     local columns, recipe = assert(triplet.table.read(file:read("*a"), { label = "species" }))
---     local training, held_out = triplet.split(columns.labels, 0.2, 1)
---     recipe:fit(training)
---     local x = recipe:matrix(columns)
---@class triplet.table_module
local table_module = {}

--- Separator, quotes, line ends, decimal commas and missing cells are as they come; whether there is a header, and what
--- each column is and is used for, is decided by the cells, and told in `columns.notes`. core/triplet.h says how.
---
--- With the option `recipe`, the table is one of new rows for it: its columns are found by their names, in any order.
--- `label` is then a column to carry along, and `header`, `keep`, `ignore`, `categories`, `missing` and `standardize`
--- are as the recipe has them.
---@param bytes string a whole file
---@param options? triplet.table_options
---@return triplet.columns? # nil if the bytes are no table or do not fit the options, or if the call is cancelled
---@return triplet.recipe | string | nil # of the columns; none for a given recipe; the message where there are none:
--- all that is wrong, by row and column
function table_module.read(bytes, options) end

--- How columns become a matrix: a number x is (x - mean) / deviation, a missing one 0; a category is a column for each
--- of its values, 1 where it has that value and 0 elsewhere.
---@class triplet.recipe
---@field inputs string[] names of the matrix's columns: "age", "sex=male"
---@field columns triplet.recipe_column[]
---@field label? string the column of labels that the table had
local recipe = {}

--- Measures mean and deviation on rows of the columns that it was made of. Raises for the recipe of a trainer.
---@param rows? integer[] indices, each 1 .. columns.rows; default all
function recipe:fit(rows) end

--- The inputs of rows. The columns are those that it was made of, or ones that were read for it.
---@param columns triplet.columns
---@param rows? integer[] indices, each 1 .. columns.rows; default all
---@return triplet.matrix
function recipe:matrix(columns, rows) end

---@class triplet.recipe_column
---@field name string
---@field kind "number" | "category"
---@field values? string[] of a category
---@field mean? number of numbers, as is what follows
---@field deviation? number 1 where the numbers do not vary
---@field fill? number what a missing number counts as, before it is standardised

--- The columns of a table. Rows that could not be used are not among them. Lists are made anew by each access. Can be
--- closed, in Lua 5.4 also by `local columns <close>`; afterwards every method raises and every field is nil.
---@class triplet.columns
---@field rows integer
---@field columns triplet.column[] in the order of the file
---@field label? string the column of the labels
---@field labels? (integer | integer[])[] for each row its class, counted from 0, as the trainer takes labels; an empty
--- list for a row without one, which only a table that was read for a recipe has
---@field classes? string[] names of the labels: numbers in their order, then texts; that of label l is at l + 1
---@field notes triplet.note[] what was decided on
---@field row_numbers integer[] for each row its number in the file, from 1 below the header
---@field held integer[] the rows whose cells this rank has: with `shard` some of all, one after another
local columns = {}

--- A column of numbers.
---@param name string
---@return number[] # rows of them, or of those that are held; nil where one is missing
function columns:numbers(name) end

--- A column of texts that is not left out.
---@param name string
---@return string[] # rows of them, or but for the label of those that are held; nil where one is missing
function columns:texts(name) end

--- Frees its memory at once.
function columns:close() end

---@class triplet.column
---@field name string
---@field kind "number" | "category" | "text"
---@field use "input" | "label" | "left_out"
---@field missing integer cells
---@field values? string[] the different texts: numbers in their order, then texts; none of what is left out

--- A decision about a table, and the option that would have it otherwise.
---@class triplet.note
---@field text string "left out: id"
---@field reason? string "whole numbers in order"
---@field option? string "keep"
---@field value? string what to give that option: "id", or columns with commas between them
---@field warning boolean something that may spoil what is learned from the table

--- Called now and then while a call lasts, with the share of its work that is done, rising to 1. If it returns false,
--- the call is cancelled: it returns nil and "cancelled", and the matrices of `out` hold nothing meaningful. An error
--- that it raises ends the call in the same way and passes through. It cannot yield. Until it returns, other calls that
--- compute raise, and what this call works on must stay as it is.
---@alias triplet.progress fun(done: number): boolean?

-- Options -------------------------------------------------------------------------------------------------------------

-- Made by `make options` from core/options.c.
---@class triplet.margin_loss_options
--- How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n).
---@field margin? number finite; default 1
--- Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016).
---@field swap? boolean default false
--- Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
---@field soft_margin? boolean default false
--- How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
--- losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
--- mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
--- weights.
---@field reduction? "mean" | "sum" | "none" | "mean_nonzero" | "weighted_mean" default "mean"
--- The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
--- inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive.
---@field convention? "torch" | "optax" | "exact" default "torch"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Weights of the losses, one per triplet.
---@field weights? triplet.numbers
--- One margin per triplet, in place of `margin`.
---@field margins? triplet.numbers
--- Factor of the gradient: one number, or with reduction none one per loss.
---@field grad_output? triplet.numbers
--- Whether gradients are wanted.
---@field gradients? boolean default true
--- An earlier result, whose matrices are overwritten: a loop then allocates no new ones.
---@field out? table

---@class triplet.indexed_loss_options
--- How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n).
---@field margin? number finite; default 1
--- Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016).
---@field swap? boolean default false
--- Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0).
---@field soft_margin? boolean default false
--- How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
--- losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
--- mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
--- weights.
---@field reduction? "mean" | "sum" | "none" | "mean_nonzero" | "weighted_mean" default "mean"
--- The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
--- inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive.
---@field convention? "torch" | "optax" | "exact" default "torch"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Weights of the losses, one per triplet.
---@field weights? triplet.numbers
--- One margin per triplet, in place of `margin`.
---@field margins? triplet.numbers
--- Factor of the gradient: one number, or with reduction none one per loss.
---@field grad_output? triplet.numbers
--- Whether gradients are wanted.
---@field gradients? boolean default true
--- An earlier result, whose matrices are overwritten: a loop then allocates no new ones.
---@field out? table

---@class triplet.batch_loss_options
--- What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
--- contrastive: positives nearer than `positive_margin`, negatives farther than `negative_margin`. info_nce: each
--- positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
--- all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
--- most. With the last three `distance` is cosine unless it is given.
---@field loss? "triplet" | "contrastive" | "info_nce" | "sup_con" | "multi_similarity" default "triplet"
--- How near a positive has to be to have no loss. Belongs to loss = "contrastive".
---@field positive_margin? number finite; default 0
--- How far a negative has to be to have no loss. Belongs to loss = "contrastive".
---@field negative_margin? number finite; default 1
--- What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
--- given. Belongs to loss = "info_nce" or "sup_con".
---@field temperature? number > 0; default 0.07
--- How much more the farthest positives count than the others. Belongs to loss = "multi_similarity".
---@field alpha? number > 0; default 2
--- How much more the nearest negatives count than the others. Belongs to loss = "multi_similarity".
---@field beta? number > 0; default 50
--- The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across. Belongs to
--- loss = "multi_similarity".
---@field base? number finite; default 0.5
--- How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n). Belongs to
--- loss = "triplet".
---@field margin? number finite; default 0.2
--- Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
---@field swap? boolean default false
--- Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0). Belongs
--- to loss = "triplet".
---@field soft_margin? boolean default false
--- The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
--- inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
--- distance = "minkowski", or loss = "triplet".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
--- negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
--- the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is drawn,
--- weighted by its distance or not. Belongs to loss = "triplet".
---@field mining? "all" | "hard" | "semihard" | "easy_positive" | "distance_weighted" | "random" default "all"
--- Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
--- says; all: every one; hard: the farthest; easy: the nearest. Belongs to loss = "triplet" and mining = "all".
---@field positives? "mining" | "all" | "hard" | "easy" default "mining"
--- Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
--- hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
--- drawn. Belongs to loss = "triplet" and mining = "all".
---@field negatives? "mining" | "all" | "hard" | "semihard" | "random" | "distance_weighted" default "mining"
--- What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
--- Belongs to loss = "triplet" and mining = "semihard" or "easy_positive", or negatives = "semihard".
---@field fallback? "skip" | "farthest" default "skip"
--- Negatives nearer than this, of rows of length 1, are as likely as those at it. Belongs to loss = "triplet" and
--- mining = "distance_weighted", or negatives = "distance_weighted".
---@field cutoff? number > 0; default 0.5
--- Negatives as far as this or farther, of rows of length 1, are not drawn. Belongs to loss = "triplet" and mining =
--- "distance_weighted", or negatives = "distance_weighted".
---@field far_cutoff? number > 0; default 1.4
--- Rows with this label, even among others, are neither anchors nor positives nor negatives.
---@field ignore_label? integer an int32; default none
--- Seed of the negatives that are drawn. Belongs to loss = "triplet" and mining = "distance_weighted" or "random", or
--- negatives = "distance_weighted" or "random".
---@field seed? integer 0 .. 2^53 - 1; default 0
--- Weights of the losses, one per anchor.
---@field weights? triplet.numbers
--- One margin per anchor, in place of `margin`. Belongs to loss = "triplet".
---@field margins? triplet.numbers
--- Rows that positives and negatives are taken from, instead of the batch itself, or a memory, which brings its own
--- labels.
---@field references? triplet.rows | triplet.memory
--- Labels of the references; none beside relations. Belongs to references.
---@field reference_labels? triplet.labels
--- For each query, the reference that is the query itself and is left out; 0: none is. Belongs to references.
---@field reference_self? integer[]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress
--- How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
--- losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
--- mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
--- weights.
---@field reduction? "mean" | "sum" | "none" | "mean_nonzero" | "weighted_mean" default "mean"
--- Factor of the gradient: one number, or with reduction none one per loss.
---@field grad_output? triplet.numbers
--- Whether gradients are wanted.
---@field gradients? boolean default true
--- An earlier result, whose matrices are overwritten: a loop then allocates no new ones.
---@field out? table
--- Whether the gradient of the references is wanted as well. Belongs to references.
---@field reference_gradient? boolean default false

---@class triplet.mine_options
--- Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
--- negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
--- the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is drawn,
--- weighted by its distance or not.
---@field mining? "all" | "hard" | "semihard" | "easy_positive" | "distance_weighted" | "random" default "all"
--- Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
--- says; all: every one; hard: the farthest; easy: the nearest. Belongs to violating = "none" and mining = "all".
---@field positives? "mining" | "all" | "hard" | "easy" default "mining"
--- Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
--- hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
--- drawn. Belongs to violating = "none" and mining = "all".
---@field negatives? "mining" | "all" | "hard" | "semihard" | "random" | "distance_weighted" default "mining"
--- What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
--- Belongs to violating = "none" and mining = "semihard" or "easy_positive", or negatives = "semihard".
---@field fallback? "skip" | "farthest" default "skip"
--- Negatives nearer than this, of rows of length 1, are as likely as those at it. Belongs to violating = "none" and
--- mining = "distance_weighted", or negatives = "distance_weighted".
---@field cutoff? number > 0; default 0.5
--- Negatives as far as this or farther, of rows of length 1, are not drawn. Belongs to violating = "none" and mining =
--- "distance_weighted", or negatives = "distance_weighted".
---@field far_cutoff? number > 0; default 1.4
--- Rows with this label, even among others, are neither anchors nor positives nor negatives.
---@field ignore_label? integer an int32; default none
--- Seed of the negatives that are drawn. Belongs to violating = "none" and mining = "distance_weighted" or "random", or
--- negatives = "distance_weighted" or "random".
---@field seed? integer 0 .. 2^53 - 1; default 0
--- List all triplets of a kind instead of those that `mining` selects. all: within the margin; hard: of these, those
--- whose negative is no farther than the positive; semihard: of these, the others; easy: beyond the margin. Belongs to
--- mining = "all".
---@field violating? "none" | "all" | "hard" | "semihard" | "easy" default "none"
--- How much farther than the positive a negative has to be for its triplet to count as easy in the statistics.
---@field margin? number finite; default 0.2
--- The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
--- inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive.
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- One margin per anchor, in place of `margin`.
---@field margins? triplet.numbers
--- Rows that positives and negatives are taken from, instead of the batch itself, or a memory, which brings its own
--- labels.
---@field references? triplet.rows | triplet.memory
--- Labels of the references; none beside relations. Belongs to references.
---@field reference_labels? triplet.labels
--- For each query, the reference that is the query itself and is left out; 0: none is. Belongs to references.
---@field reference_self? integer[]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.distances_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- A matrix of the result's shape to write into.
---@field out? triplet.matrix
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.nearest_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- How many references to find for each query.
---@field k integer
--- For each query, the reference that is the query itself and is left out; 0: none is.
---@field reference_self? integer[]
--- For each query, a list of references to leave out, such as what a user has seen.
---@field exclude? integer[][]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.evaluate_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Rows with this label are left out.
---@field ignore_label? integer an int32; default none
--- Ranks at which to give recall, each at least 1.
---@field k? integer[]
--- Rows to compare the queries with, instead of the other queries, or a memory, which brings its own labels.
---@field references? triplet.rows | triplet.memory
--- Labels of the references; none beside relations. Belongs to references.
---@field reference_labels? triplet.labels
--- For each query, the reference that is the query itself and is left out; 0: none is. Belongs to references.
---@field reference_self? integer[]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.evaluate_held_out_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Rows with this label are left out.
---@field ignore_label? integer an int32; default none
--- Seed of the sample that is drawn if there are more than `most_queries`.
---@field seed? integer 0 .. 2^53 - 1; default 0
--- At most this many held-out rows are queries; of more, a sample is drawn by `seed`.
---@field most_queries? integer 1 .. 1e9; default 10000
--- Ranks at which to give recall, each at least 1.
---@field k? integer[]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.evaluate_neighbors_options
--- Rows with this label are left out.
---@field ignore_label? integer an int32; default none
--- Ranks at which to give recall, each at least 1.
---@field k? integer[]
--- Labels of the references, where they are not the queries.
---@field reference_labels? triplet.labels
--- For each query, the reference that is the query itself and is left out; 0: none is.
---@field reference_self? integer[]

---@class triplet.optimizer_options
--- Update rule, by PyTorch's formulas.
---@field name? "sgd" | "adam" | "adamw" default "adam"
--- Size of a step.
---@field learning_rate? number >= 0; default 0.001
--- How much of the previous steps each step repeats. Belongs to name = "sgd".
---@field momentum? number in [0, 1); default 0
--- Nesterov's momentum, which looks one step ahead; needs `momentum`. Belongs to name = "sgd".
---@field nesterov? boolean default false
--- Decay of the running mean of gradients. Belongs to name = "adam" or "adamw".
---@field b1? number in [0, 1); default 0.9
--- Decay of the running mean of squared gradients. Belongs to name = "adam" or "adamw".
---@field b2? number in [0, 1); default 0.999
--- Added to the root of the mean of squared gradients. Belongs to name = "adam" or "adamw".
---@field eps? number >= 0; default 1e-08
--- Decay of the weights towards 0; with adamw it is 0.01 unless it is given.
---@field weight_decay? number >= 0; default 0

---@class triplet.trainer_options
--- What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
--- contrastive: positives nearer than `positive_margin`, negatives farther than `negative_margin`. info_nce: each
--- positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
--- all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
--- most. With the last three `distance` is cosine unless it is given.
---@field loss? "triplet" | "contrastive" | "info_nce" | "sup_con" | "multi_similarity" default "triplet"
--- How near a positive has to be to have no loss. Belongs to loss = "contrastive".
---@field positive_margin? number finite; default 0
--- How far a negative has to be to have no loss. Belongs to loss = "contrastive".
---@field negative_margin? number finite; default 1
--- What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
--- given. Belongs to loss = "info_nce" or "sup_con".
---@field temperature? number > 0; default 0.07
--- How much more the farthest positives count than the others. Belongs to loss = "multi_similarity".
---@field alpha? number > 0; default 2
--- How much more the nearest negatives count than the others. Belongs to loss = "multi_similarity".
---@field beta? number > 0; default 50
--- The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across. Belongs to
--- loss = "multi_similarity".
---@field base? number finite; default 0.5
--- Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
--- negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
--- the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is drawn,
--- weighted by its distance or not. Belongs to loss = "triplet".
---@field mining? "all" | "hard" | "semihard" | "easy_positive" | "distance_weighted" | "random" default "all"
--- Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
--- says; all: every one; hard: the farthest; easy: the nearest. Belongs to loss = "triplet" and mining = "all".
---@field positives? "mining" | "all" | "hard" | "easy" default "mining"
--- Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
--- hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
--- drawn. Belongs to loss = "triplet" and mining = "all".
---@field negatives? "mining" | "all" | "hard" | "semihard" | "random" | "distance_weighted" default "mining"
--- What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
--- Belongs to loss = "triplet" and mining = "semihard" or "easy_positive", or negatives = "semihard".
---@field fallback? "skip" | "farthest" default "skip"
--- Negatives nearer than this, of rows of length 1, are as likely as those at it. Belongs to loss = "triplet" and
--- mining = "distance_weighted", or negatives = "distance_weighted".
---@field cutoff? number > 0; default 0.5
--- Negatives as far as this or farther, of rows of length 1, are not drawn. Belongs to loss = "triplet" and mining =
--- "distance_weighted", or negatives = "distance_weighted".
---@field far_cutoff? number > 0; default 1.4
--- Rows with this label, even among others, are neither anchors nor positives nor negatives.
---@field ignore_label? integer an int32; default none
--- How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n). Belongs to
--- loss = "triplet".
---@field margin? number finite; default 1
--- Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
---@field swap? boolean default false
--- Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0). Belongs
--- to loss = "triplet".
---@field soft_margin? boolean default false
--- How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors of other
--- losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the gradient of their sum;
--- mean_nonzero: their sum divided by the number of active terms; weighted_mean: their sum divided by the sum of the
--- weights.
---@field reduction? "mean" | "sum" | "none" | "mean_nonzero" | "weighted_mean" default "mean"
--- The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
--- inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
--- distance = "minkowski", or loss = "triplet".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Activation after every layer but the last. Belongs to layers > 1.
---@field activation? "relu" | "tanh" | "none" default "relu"
--- Scale every embedding to length 1.
---@field normalize? boolean default false
--- Add what the layers give to the row itself, so that the encoder is the identity at first: an adapter. The last width
--- is that of the data. Rows that a trainer is not to standardise begin as they are. Belongs to layers > 0.
---@field residual? boolean default false
--- What goes through the encoder. both: queries and references; queries: these alone, which learn to find the
--- references as they are. Belongs to references.
---@field adapt? "both" | "queries" default "both"
--- Width of a free embedding table. Belongs to layers = 0.
---@field dim? integer 1 .. 2147483647; default 2
--- Bring each column to mean 0 and deviation 1, measured on the training rows and kept in the model. Belongs to layers
--- > 0.
---@field standardize? boolean default true
--- Seed of everything random: initial weights, batches, triplets.
---@field seed? integer 0 .. 2^53 - 1; default 1
--- How batches are drawn; none holds a row twice. balanced: classes with two or more rows are equally likely, and all
--- rows of a class are used before one is used again; epoch: every row is used once before any is used again.
---@field sampler? "balanced" | "epoch" default "balanced"
--- Classes in a batch; places that they leave free go to classes with a single row, as negatives.
---@field classes_per_batch? integer 2 .. 1e9; default 8
--- At most this many rows of a class in a batch; a smaller class gives all of its rows.
---@field rows_per_class? integer 2 .. 1e9; default 8
--- Number of steps that a run takes and the schedule spans.
---@field steps? integer 0 .. 2^53 - 1; default 1000
--- Learning rate over the steps: constant, or falling to 0 along a cosine or a line.
---@field schedule? "constant" | "cosine" | "linear" default "constant"
--- Number of steps in which the learning rate rises linearly from 0.
---@field warmup? integer 0 .. 2^53 - 1; default 0
--- Share of each class's rows set aside for validation while training.
---@field validation? number in [0, 1]; default 0
--- Steps from one validation to the next, by MAP@R of the rows set aside. Belongs to validation > 0.
---@field evaluate_every? integer 1 .. 2^53 - 1; default 50
--- Number of validations without improvement after which training stops; 0: never. Belongs to validation > 0.
---@field patience? integer 0 .. 2^53 - 1; default 0
--- An optimizer, or the options of one.
---@field optimizer? triplet.optimizer_options | triplet.optimizer
--- Output width of each dense layer, at most 16, the last being the embedding's; none: a free embedding table with a
--- row of `dim` numbers for each row of data.
---@field layers? integer[]
--- Rows to train on, which are copied.
---@field data triplet.rows
--- Labels of the rows; a row without any is not trained on; they must be given where `references` are not.
---@field labels? triplet.labels
--- Rows of which each belongs to the same row of the data, which are its queries: pairs to train on, which need no
--- labels.
---@field references? triplet.rows
--- Names of the data's columns, which are saved with the model.
---@field columns? string[]
--- Names of the labels, which are saved with the model; texts among the labels are added; that of label l is at l + 1.
---@field classes? string[]
--- The recipe that the data were made by, fitted, which is saved with the model.
---@field recipe? triplet.recipe

---@class triplet.encoder_options
--- Activation after every layer but the last. Belongs to layers > 1.
---@field activation? "relu" | "tanh" | "none" default "relu"
--- Scale every embedding to length 1.
---@field normalize? boolean default false
--- Add what the layers give to the row itself, so that the encoder is the identity at first: an adapter. The last width
--- is that of the data. Rows that a trainer is not to standardise begin as they are. Belongs to layers > 0.
---@field residual? boolean default false
--- Columns of the data.
---@field inputs integer
--- Output width of each dense layer, at most 16, the last being the embedding's.
---@field layers integer[]
--- Seed of the initial weights.
---@field seed integer

---@class triplet.memory_options
--- At most this many rows are kept.
---@field capacity integer

---@class triplet.table_options
--- Column with the class of each row: its name, else its number from 1, first or last.
---@field label? string | integer
--- Columns to learn from although they would be left out.
---@field keep? string | string[]
--- Columns to leave out.
---@field ignore? string | string[]
--- Columns to take as categories: of numbers, or of more than 32 texts.
---@field categories? string | string[]
--- What becomes of missing cells. mean: a number is the mean of its column, a category none of its values; drop: the
--- row is left out; error: the table is refused.
---@field missing? "mean" | "drop" | "error" default "mean"
--- Cells that are missing beside empty ones, NA, N/A, NaN, null, ? and -.
---@field missing_texts? string | string[]
--- Bring numbers to mean 0 and deviation 1.
---@field standardize? boolean default true
--- Of many ranks each keeps some of the rows: memory falls with their number, time does not.
---@field shard? boolean default false
--- What stands between cells. auto: what the first line has most of; blanks: any number of spaces and tabs.
---@field separator? "auto" | "comma" | "semicolon" | "tab" | "pipe" | "blanks" default "auto"
--- Whether the first row names the columns. auto: told by its cells.
---@field header? "auto" | "true" | "false" | boolean default "auto"
--- Encoding of the text.
---@field encoding? "utf8" | "latin1" default "utf8"
--- Lines that begin with this text are passed over.
---@field comment? string
--- The recipe that the table is read for.
---@field recipe? triplet.recipe
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.classify_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- How many nearest references vote.
---@field k? integer 1 .. 1e9; default 5
--- References farther than this have no vote, and a query without a vote is of no known class; inf: all vote.
---@field threshold? number finite; default math.huge
--- For each query, the reference that is the query itself and is left out; 0: none is.
---@field reference_self? integer[]
--- For each query, a list of references to leave out, such as what a user has seen.
---@field exclude? integer[][]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.verify_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Rows with this label are left out.
---@field ignore_label? integer an int32; default none
--- False acceptance rates, each in [0, 1], to give the true acceptance rate at.
---@field far? number[]
--- Also judge this threshold, the largest distance of a pair that counts as the same; inf: none.
---@field threshold? number finite; default math.huge
--- Seed of the sample that is drawn if there are more than `most_pairs`.
---@field seed? integer 0 .. 2^53 - 1; default 0
--- At most this many pairs of the rarer kind, the same or different, are used; of more, a sample is drawn by `seed`.
---@field most_pairs? integer 1 .. 1e9; default 10000000
--- At most this many points of the ROC curve.
---@field curve? integer 2 .. 1000000; default 500
--- Rows to pair the queries with, instead of the other queries, or a memory, which brings its own labels.
---@field references? triplet.rows | triplet.memory
--- Labels of the references; none beside relations. Belongs to references.
---@field reference_labels? triplet.labels
--- For each query, the reference that is the query itself and is left out; 0: none is. Belongs to references.
---@field reference_self? integer[]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.verify_pairs_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- False acceptance rates, each in [0, 1], to give the true acceptance rate at.
---@field far? number[]
--- Also judge this threshold, the largest distance of a pair that counts as the same; inf: none.
---@field threshold? number finite; default math.huge
--- At most this many points of the ROC curve.
---@field curve? integer 2 .. 1000000; default 500
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.sampler_options
--- Labels of the rows; a row without any is in no batch.
---@field labels triplet.labels
--- How batches are drawn; none holds a row twice. balanced: classes with two or more rows are equally likely, and all
--- rows of a class are used before one is used again; epoch: every row is used once before any is used again.
---@field sampler? "balanced" | "epoch" default "balanced"
--- Classes in a batch; places that they leave free go to classes with a single row, as negatives.
---@field classes_per_batch? integer 2 .. 1e9; default 8
--- At most this many rows of a class in a batch; a smaller class gives all of its rows.
---@field rows_per_class? integer 2 .. 1e9; default 8
--- Seed of the batches.
---@field seed? integer 0 .. 2^53 - 1; default 1

---@class triplet.decode_matrix_options
--- Format of the bytes; auto: told by them.
---@field format? "auto" | "npy" | "safetensors" | "fvecs" | "text" default "auto"
--- Name of the tensor to read of safetensors; none: the only one that has two dimensions.
---@field tensor? string

---@class triplet.pair_slopes_options
--- What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
--- contrastive: positives nearer than `positive_margin`, negatives farther than `negative_margin`. info_nce: each
--- positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
--- all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
--- most. With the last three `distance` is cosine unless it is given.
---@field loss? "triplet" | "contrastive" | "info_nce" | "sup_con" | "multi_similarity" default "triplet"
--- How near a positive has to be to have no loss. Belongs to loss = "contrastive".
---@field positive_margin? number finite; default 0
--- How far a negative has to be to have no loss. Belongs to loss = "contrastive".
---@field negative_margin? number finite; default 1
--- What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
--- given. Belongs to loss = "info_nce" or "sup_con".
---@field temperature? number > 0; default 0.07
--- How much more the farthest positives count than the others. Belongs to loss = "multi_similarity".
---@field alpha? number > 0; default 2
--- How much more the nearest negatives count than the others. Belongs to loss = "multi_similarity".
---@field beta? number > 0; default 50
--- The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across. Belongs to
--- loss = "multi_similarity".
---@field base? number finite; default 0.5
--- How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n). Belongs to
--- loss = "triplet".
---@field margin? number finite; default 0.2
--- Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
---@field swap? boolean default false
--- Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0). Belongs
--- to loss = "triplet".
---@field soft_margin? boolean default false
--- The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
--- inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
--- distance = "minkowski", or loss = "triplet".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"
--- Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the nearest
--- negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: for each anchor
--- the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) a negative that is drawn,
--- weighted by its distance or not. Belongs to loss = "triplet".
---@field mining? "all" | "hard" | "semihard" | "easy_positive" | "distance_weighted" | "random" default "all"
--- Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as `mining`
--- says; all: every one; hard: the farthest; easy: the nearest. Belongs to loss = "triplet" and mining = "all".
---@field positives? "mining" | "all" | "hard" | "easy" default "mining"
--- Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: every one;
--- hard: the anchor's nearest; semihard: the nearest farther than the positive; random, distance_weighted: one that is
--- drawn. Belongs to loss = "triplet" and mining = "all".
---@field negatives? "mining" | "all" | "hard" | "semihard" | "random" | "distance_weighted" default "mining"
--- What to do where no negative is farther than the positive. skip: no triplet; farthest: take the farthest negative.
--- Belongs to loss = "triplet" and mining = "semihard" or "easy_positive", or negatives = "semihard".
---@field fallback? "skip" | "farthest" default "skip"
--- Negatives nearer than this, of rows of length 1, are as likely as those at it. Belongs to loss = "triplet" and
--- mining = "distance_weighted", or negatives = "distance_weighted".
---@field cutoff? number > 0; default 0.5
--- Negatives as far as this or farther, of rows of length 1, are not drawn. Belongs to loss = "triplet" and mining =
--- "distance_weighted", or negatives = "distance_weighted".
---@field far_cutoff? number > 0; default 1.4
--- Rows with this label, even among others, are neither anchors nor positives nor negatives.
---@field ignore_label? integer an int32; default none
--- Seed of the negatives that are drawn. Belongs to loss = "triplet" and mining = "distance_weighted" or "random", or
--- negatives = "distance_weighted" or "random".
---@field seed? integer 0 .. 2^53 - 1; default 0
--- Weights of the losses, one per anchor.
---@field weights? triplet.numbers
--- One margin per anchor, in place of `margin`. Belongs to loss = "triplet".
---@field margins? triplet.numbers
--- Rows that positives and negatives are taken from, instead of the batch itself, or a memory, which brings its own
--- labels.
---@field references? triplet.rows | triplet.memory
--- Labels of the references; none beside relations. Belongs to references.
---@field reference_labels? triplet.labels
--- For each query, the reference that is the query itself and is left out; 0: none is. Belongs to references.
---@field reference_self? integer[]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress

---@class triplet.reach_options
--- What is minimised. triplet: max(d(a, p) - d(a, n) + margin, 0), over the triplets that `mining` selects.
--- contrastive: positives nearer than `positive_margin`, negatives farther than `negative_margin`. info_nce: each
--- positive against all negatives of its anchor, by a softmax (NT-Xent). sup_con: the positives of an anchor against
--- all its others, by a softmax. multi_similarity: positives nearer and negatives farther than `base`, the hardest
--- most. With the last three `distance` is cosine unless it is given.
---@field loss? "triplet" | "contrastive" | "info_nce" | "sup_con" | "multi_similarity" default "triplet"
--- How near a positive has to be to have no loss. Belongs to loss = "contrastive".
---@field positive_margin? number finite; default 0
--- How far a negative has to be to have no loss. Belongs to loss = "contrastive".
---@field negative_margin? number finite; default 1
--- What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 unless it is
--- given. Belongs to loss = "info_nce" or "sup_con".
---@field temperature? number > 0; default 0.07
--- How much more the farthest positives count than the others. Belongs to loss = "multi_similarity".
---@field alpha? number > 0; default 2
--- How much more the nearest negatives count than the others. Belongs to loss = "multi_similarity".
---@field beta? number > 0; default 50
--- The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across. Belongs to
--- loss = "multi_similarity".
---@field base? number finite; default 0.5
--- How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n). Belongs to
--- loss = "triplet".
---@field margin? number finite; default 0.2
--- Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016). Belongs to loss = "triplet".
---@field swap? boolean default false
--- Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with margin 0). Belongs
--- to loss = "triplet".
---@field soft_margin? boolean default false
--- The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; optax: `eps` is
--- inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge at 0 is inactive. Belongs to
--- distance = "minkowski", or loss = "triplet".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06

---@class triplet.ring_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- Stay on the sphere around the origin on which the center lies: directions are those of great circles.
---@field sphere? boolean default false

---@class triplet.principal_axes_options
--- How many axes to find; there are no more than columns.
---@field count? integer 1 .. 1e9; default 2

---@class triplet.index_options
--- The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; exact: no
--- `eps`. Belongs to distance = "minkowski".
---@field convention? "torch" | "optax" | "exact" default "exact"
--- How far apart two rows are. minkowski: (sum |x - y|^p)^(1/p). squared: sum (x - y)^2. cosine: 1 - cos(x, y), or 1
--- where a row is zero. dot: minus the inner product.
---@field distance? "minkowski" | "squared" | "cosine" | "dot" default "minkowski"
--- Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference. Belongs to
--- distance = "minkowski".
---@field p? number in [1, math.huge]; default 2
--- Added to each difference (torch) or inside the root (optax). Belongs to distance = "minkowski" and convention =
--- "torch" or "optax".
---@field eps? number >= 0; default 1e-06
--- NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are counted in the
--- result.
---@field nonfinite? "error" | "allow" default "error"

---@class triplet.index_nearest_options
--- How many references to find for each query.
---@field k integer
--- For each query, the reference that is the query itself and is left out; 0: none is.
---@field reference_self? integer[]
--- For each query, a list of references to leave out, such as what a user has seen.
---@field exclude? integer[][]
--- Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled.
---@field progress? triplet.progress
-- Until here.

-- Results -------------------------------------------------------------------------------------------------------------

---@class triplet.margin_result
---@field loss number | triplet.matrix reduced; with reduction "none" N x 1
---@field active integer triplets with a gradient before reduction
---@field nonfinite integer triplets whose distances are not finite
---@field gradients? triplet.margin_gradients

---@class triplet.margin_gradients
---@field anchors triplet.matrix N x D
---@field positives triplet.matrix N x D
---@field negatives triplet.matrix N x D

---@class triplet.indexed_result
---@field loss number | triplet.matrix reduced; with reduction "none" N x 1
---@field active integer triplets with a gradient before reduction
---@field nonfinite integer triplets whose distances are not finite
---@field gradient? triplet.matrix R x D, of the table

---@class triplet.batch_result
---@field loss number | triplet.matrix reduced; with reduction "none" B x 1, per anchor
---@field active integer as stats.active
---@field nonfinite integer rows that are not finite
---@field stats triplet.stats
---@field gradient? triplet.matrix B x D
---@field reference_gradient? triplet.matrix R x D

--- Statistics of a batch: of the selected triplets, or for other losses of its pairs. What plays no part is nil.
---@class triplet.stats
---@field active integer triplets, or pairs, with a gradient before reduction
---@field triplets? integer selected; like the next three, of the triplet loss and of mine alone
---@field hard? integer d(a, n) <= d(a, p)
---@field semihard? integer d(a, p) < d(a, n), with a loss
---@field easy? integer no loss
---@field pairs? integer (a, p) and (a, n), those without gradient too; like the next four, of the other losses alone
---@field positive_pairs? integer
---@field negative_pairs? integer
---@field active_positive_pairs? integer
---@field active_negative_pairs? integer
---@field anchors_without_positive integer
---@field anchors_without_negative integer
---@field nonfinite integer rows that are not finite
---@field mean_positive_distance? number over the pairs, or the distinct (a, p) of the triplets; nil if there are none
---@field mean_negative_distance? number over the pairs, or the distinct (a, n) of the triplets; nil if there are none
---@field collapsed boolean every distance is below 1e-3 of the loss's own scale: its margin, temperature or 1 / beta

--- Three lists of one length: triplet i is row anchors[i], positives[i], negatives[i].
---@class triplet.indices
---@field anchors integer[]
---@field positives integer[]
---@field negatives integer[]

---@class triplet.picks : triplet.indices
---@field stats triplet.stats

---@class triplet.neighbours
--- For each query its k nearest references, the nearest first, ties to the lowest index; fewer where `exclude` leaves
--- fewer.
---@field indices integer[][]
---@field distances triplet.matrix N x k; infinite where there are fewer

---@class triplet.classification
---@field labels (triplet.label | false)[] N: as they were given; false where no neighbour has a vote
---@field votes number[] N, in [0, 1]: the share of the votes that the label has; 0 where there is none

--- Pairs at one distance are accepted together. A figure that there are no pairs for is nil.
---@class triplet.verification
---@field same integer pairs of one class
---@field different integer pairs of different classes
---@field used integer of the rarer kind, those that were looked at: all, or a sample of most_pairs
---@field auc? number area under the ROC curve: how often of a same and a different pair the same is nearer
---@field eer? number equal error rate: where as large a share of different pairs is accepted as of same ones is not
---@field eer_threshold? number of the point nearest to it
---@field accuracy? number the most pairs, as a share, that a threshold tells right
---@field threshold? number that threshold, of several the smallest
---@field tar table<number, number> by each rate of `far`: the most same pairs, as a share, accepted at such a FAR
---@field threshold_at table<number, number> by each rate of `far`: the threshold there; -math.huge: nothing is accepted
---@field curve? triplet.roc_curve of pairs of both kinds
---@field judged? triplet.judged_threshold given if the option `threshold` is

--- Corners of the ROC curve, from FAR 0 and TAR 0 to FAR 1 and TAR 1, as lists of one length.
---@class triplet.roc_curve
---@field far number[] share of different pairs that are accepted, ascending
---@field tar number[] share of same pairs that are accepted, ascending
---@field thresholds number[] distances of pairs, ascending; first -math.huge, where nothing is accepted

--- What a threshold that was given does.
---@class triplet.judged_threshold
---@field threshold? number
---@field far? number share of different pairs that it accepts
---@field tar? number share of same pairs that it accepts
---@field accuracy? number share of pairs that it tells right

--- { low, high }: bounds that hold the true figure of 95 samples in 100, if rows are drawn alike and independently:
--- Wilson's (1927) score interval of shares, of other means as Agresti and Coull (1998) add to them.
---@alias triplet.interval number[]

--- By the names of the figures; nil as they are, and of a mean of one query that is no share.
---@class triplet.intervals
---@field precision_at_1? triplet.interval
---@field r_precision? triplet.interval
---@field map_at_r? triplet.interval
---@field map? triplet.interval
---@field mrr? triplet.interval
---@field recall_at table<integer, triplet.interval> by k

---@class triplet.intervals_against_training : triplet.intervals
---@field knn_accuracy? triplet.interval

--- R is the number of a query's positives (Musgrave et al. 2020). If there are no queries, the figures are nil.
---@class triplet.figures
---@field queries integer rows that were searched for; in a macro average, classes that have one
---@field skipped integer rows without a positive, or of ignore_label; in a macro average, classes without a query
---@field precision_at_1? number share of queries whose nearest reference is a positive
---@field r_precision? number mean share of positives among the R nearest
---@field map_at_r? number mean average precision at R
---@field map? number mean average precision, over all ranks
---@field mrr? number mean of 1 / rank of the nearest positive
---@field triplet_accuracy? number share of all triplets with d(a, p) < d(a, n); nil also if no query has a negative

---@class triplet.ranked_figures : triplet.figures
---@field recall_at table<integer, number> by k: share of queries with a positive among their k nearest

--- The queries of one label; a query with several counts under each of them.
---@class triplet.class_metrics : triplet.figures
---@field label triplet.label

---@class triplet.metrics : triplet.ranked_figures
---@field macro triplet.ranked_figures means over the classes, in which each counts alike; nil figures with relations
---@field intervals triplet.intervals of its figures
---@field classes triplet.class_metrics[] ascending by label, texts in order of appearance; none with relations

---@class triplet.macro_against_training : triplet.ranked_figures
---@field knn_accuracy? number

---@class triplet.metrics_against_training : triplet.metrics
--- Share of queries whose class has the most votes of their 5 nearest training rows. A row votes for each of its
--- labels, and one of the query's must win.
---@field knn_accuracy? number
---@field macro triplet.macro_against_training
---@field intervals triplet.intervals_against_training

---@class triplet.held_out_metrics
---@field against_training triplet.metrics_against_training among the training rows; held-out classes have no queries
---@field among_themselves triplet.metrics among the other held-out rows
---@field held_out integer rows held out
---@field queries integer held-out rows that were searched for: all, or a sample of most_queries

---@class triplet.report
---@field step integer counts from 1
---@field loss? number nil after a run that had no step to take
---@field active integer as stats.active
---@field learning_rate? number of this step; nil when loss is
---@field stats triplet.stats of this step's batch
---@field validation? number MAP@R of the validation rows when last evaluated; nil before the first time
---@field improved boolean this step ended with the best validation MAP@R so far
---@field stopped boolean patience is exhausted or the steps are done
---@field collapsed boolean every batch of the last 20 steps was collapsed

---@class triplet.standardization
---@field mean triplet.numbers one per column
---@field deviation triplet.numbers one per column, > 0

---@class triplet.encoder_gradient
---@field parameters triplet.matrix 1 x P
---@field x triplet.matrix N x inputs

--- An option as the core describes it.
---@class triplet.field
---@field name string
---@field kind "number" | "integer" | "boolean" | "choice" | "value"
---@field default? number | boolean | string nil for values and for "none"
---@field minimum? number included
---@field maximum? number included
---@field choices? string[]
--- Conditions on other options, separated by commas: it plays a part if all of them hold. Of conditions with slashes
--- between them one has to.
---@field belongs? string
---@field help string one line

-- Functions -----------------------------------------------------------------------------------------------------------

--- The loss of explicit triplets, row i of each matrix being triplet i, and its exact gradients, as in
--- torch.nn.functional.triplet_margin_loss (convention "torch") and optax.losses.triplet_margin_loss ("optax"). A
--- single row of anchors is the anchor of all, and its gradient the sum over the triplets, in their order.
---@param anchors triplet.rows N x D or 1 x D
---@param positives triplet.rows N x D
---@param negatives triplet.rows N x D
---@param options? triplet.margin_loss_options
---@return triplet.margin_result # `options.out` if given
function triplet.margin_loss(anchors, positives, negatives, options) end

--- The same for triplets of rows of one table; takes what `triplet.mine` returns.
---@param table triplet.rows R x D
---@param indices triplet.indices each 1 .. R
---@param options? triplet.indexed_loss_options
---@return triplet.indexed_result # `options.out` if given
function triplet.indexed_loss(table, indices, options) end

--- The loss of a batch: over the triplets that mining selects from it, of which "all" is exact without listing them, in
--- time O(B^2 (D + log B)); or with another `loss` over its pairs.
---@param embeddings triplet.rows B x D
---@param labels triplet.labels | triplet.relations B
---@param options? triplet.batch_loss_options
---@return triplet.batch_result # `options.out` if given
function triplet.batch_loss(embeddings, labels, options) end

--- What each pair weighs in a loss: by the distance of every query to every reference, how much the sum of all losses
--- grows. Positive where a pair is drawn together, negative where it is pushed apart, 0 where it plays no part. With
--- "info_nce" and "sup_con", times the temperature, they are the shares of a softmax.
---
---     local slopes = triplet.pair_slopes({ { 0 }, { 1 }, { 1.1 } }, { 1, 1, 2 })
---     assert(slopes:get(1, 2) == 1 and slopes:get(1, 3) == -1)
---@param embeddings triplet.rows B x D
---@param labels triplet.labels | triplet.relations B
---@param options? triplet.pair_slopes_options
---@return triplet.matrix # B x R; without references B x B
function triplet.pair_slopes(embeddings, labels, options) end

---@class triplet.reaches
---@field pull number positives beyond it are drawn nearer
---@field push number negatives within it are pushed away

--- How near a loss wants positives and how far it wants negatives. Without a margin both are in one place.
---
---     assert(triplet.reach({ loss = "triplet", margin = 1 }, 2).push == 3)
---@param options? triplet.reach_options
---@param positive_distance? number of the anchor from its positive; nil: it has none
---@return triplet.reaches? # nil: the loss compares with a positive, and there is none
function triplet.reach(options, positive_distance) end

--- The same selection, or with `violating` every triplet of a kind, as index triplets, ordered by anchor, positive,
--- negative. With references, the positives and negatives are their row numbers.
---@param embeddings triplet.rows B x D
---@param labels triplet.labels | triplet.relations B
---@param options? triplet.mine_options
---@return triplet.picks
function triplet.mine(embeddings, labels, options) end

--- The distance between every row of x and every row of y, by direct differences.
---@param x triplet.rows N x D
---@param y triplet.rows M x D
---@param options? triplet.distances_options
---@return triplet.matrix # N x M
function triplet.distances(x, y, options) end

--- The points at a distance from a center: of each direction the first on the ray from the center, or with `sphere` on
--- the great circle. Of a direction that never gets there, or is none, a row of NaN.
---
---     local points = triplet.ring({ 1, 2 }, { { 1, 0 }, { 0, -3 } }, 0.5)
---     assert(points:get(1, 1) == 1.5 and points:get(2, 2) == 1.5)
---@param center triplet.numbers D
---@param directions triplet.rows N x D, of any length
---@param radius number
---@param options? triplet.ring_options
---@return triplet.matrix # N x D
function triplet.ring(center, directions, radius, options) end

--- The k nearest references of each query, by exact search.
---
---     local users = { { 0, 0 }, { 1, 0 } }
---     local films = { { 0, 1 }, { 0, 2 }, { 1, 1 } }
---     local found = triplet.nearest(users, films, { k = 2, exclude = { { 1 }, {} } }) -- the first has seen film 1
---     assert(found.indices[1][1] == 3 and found.indices[2][1] == 3)
---@param queries triplet.rows N x D
---@param references triplet.rows | triplet.memory M x D
---@param options triplet.nearest_options
---@return triplet.neighbours
function triplet.nearest(queries, references, options) end

--- References that are searched time and again. What `triplet.nearest` makes ready in each call is made once and kept,
--- so that a few queries take only the time of their own distances. They are copied: to change them afterwards, or to
--- push to the memory, changes nothing that the index finds.
---
---     local index = triplet.index({ { 0, 1 }, { 0, 2 }, { 1, 1 } }, { distance = "cosine" })
---     assert(index:nearest({ { 3, 3 } }, { k = 2 }).indices[1][1] == 3)
---@param references triplet.rows | triplet.memory M x D
---@param options? triplet.index_options
---@return triplet.index
function triplet.index(references, options) end

--- The class that most of the k nearest references have, for each query. References beyond `threshold` have no vote, so
--- that a query that is near to nothing is of no known class. A reference of several labels votes for each of them.
--- Where classes have as many votes, that of the nearest voter wins.
---
---     local known, labels = { { 0, 0 }, { 0, 1 }, { 5, 5 }, { 5, 6 } }, { "cat", "cat", "dog", "dog" }
---     local found = triplet.classify({ { 0, 0.4 }, { 5, 5.4 }, { 99, 99 } }, known, labels, { k = 3, threshold = 10 })
---     assert(found.labels[1] == "cat" and found.labels[2] == "dog" and found.labels[3] == false)
---     assert(math.abs(found.votes[1] - 2 / 3) < 1e-6) -- two of its three neighbours are cats
---@param queries triplet.rows N x D
---@param references triplet.rows | triplet.memory M x D
---@param reference_labels? triplet.labels M; none beside a memory, which brings its own
---@param options? triplet.classify_options
---@return triplet.classification? # nil if the call is cancelled
---@return string? # "cancelled"
function triplet.classify(queries, references, reference_labels, options) end

--- Are two rows of the same class? All pairs of rows, or with references each query with each reference, are accepted
--- as the same where their distance is at most a threshold. The false acceptance rate (FAR) is the share of different
--- pairs that are accepted, the true acceptance rate (TAR) that of same pairs. All is exact, unless the rarer kind of
--- pairs has more than `most_pairs`. Choose a threshold on some rows, and judge it on others.
---
---     local x, labels = triplet.synthetic("blobs", 200, 1, 1)
---     local chosen = triplet.verify(x, labels, { far = { 0.01, 0.1 } })
---     assert(chosen.tar[0.1] >= chosen.tar[0.01] and chosen.auc > 0.9)
---     local others, other_labels = triplet.synthetic("blobs", 200, 1, 2)
---     local found = triplet.verify(others, other_labels, { threshold = chosen.threshold_at[0.1] })
---     assert(math.abs(found.judged.far - 0.1) < 0.05)
---@param embeddings triplet.rows N x D
---@param labels triplet.labels | triplet.relations N
---@param options? triplet.verify_options
---@return triplet.verification? # nil if the call is cancelled
---@return string? # "cancelled"
function triplet.verify(embeddings, labels, options) end

--- The same of pairs that are given: row i of first and row i of second.
---
---     local first, second = { { 0, 0 }, { 1, 1 }, { 2, 2 } }, { { 0, 0.1 }, { 1, 1.3 }, { 9, 9 } }
---     local found = triplet.verify_pairs(first, second, { true, true, false })
---     assert(found.auc == 1 and found.eer == 0 and found.threshold < 9)
---@param first triplet.rows N x D
---@param second triplet.rows N x D
---@param same (boolean | integer)[] N: true or 1 for a pair of one class, false or 0 for one of different classes
---@param options? triplet.verify_pairs_options
---@return triplet.verification? # nil if the call is cancelled
---@return string? # "cancelled"
function triplet.verify_pairs(first, second, same, options) end

--- Retrieval metrics: each row is compared with the references or, if none are given, with the other rows.
---
---     local x, labels = triplet.synthetic("rings", 90, 1, 1)
---     local found = triplet.evaluate(x, labels, { k = { 5 } })
---     local bounds = found.intervals.recall_at[5]
---     assert(bounds[1] < found.recall_at[5] and found.recall_at[5] < bounds[2])
---@param embeddings triplet.rows N x D
---@param labels triplet.labels | triplet.relations N
---@param options? triplet.evaluate_options
---@return triplet.metrics
function triplet.evaluate(embeddings, labels, options) end

--- The same figures of neighbours that were found by other means, by an approximate index, say. A figure is nil where
--- neighbours that are not in the lists could still change it: recall at a k beyond a list without a positive,
--- r_precision and map_at_r of lists shorter than R, mrr of lists without a positive, map and triplet_accuracy of lists
--- that lack one. A query's own row and rows that are nothing to it may be in its list and are left out.
---@param indices integer[][] N lists of references, the nearest first, as `triplet.nearest` gives them
---@param labels triplet.labels | triplet.relations N
---@param options? triplet.evaluate_neighbors_options
---@return triplet.metrics
function triplet.evaluate_neighbors(indices, labels, options) end

--- How well held-out rows find those of their class: among the training rows, which is what a user of the model gets,
--- and among themselves. If there are more than most_queries, a seeded sample of them is searched for.
---@param embeddings triplet.rows | triplet.shard N x D, of all rows
---@param labels triplet.labels N
---@param held_out integer[] numbers of the held-out rows, as `triplet.split` gives them; each 1 .. N
---@param options? triplet.evaluate_held_out_options
---@return triplet.held_out_metrics
function triplet.evaluate_held_out(embeddings, labels, held_out, options) end

--- Wilson's (1927) score interval of a share: bounds that hold the true one of 95 samples in 100.
---
---     local low, high = triplet.share_interval(0.9, 100) -- 90 of 100
---     assert(low > 0.82 and high < 0.95)
---@param share number in [0, 1]
---@param count integer of what it is the share; >= 0
---@return number? low nil if the count is 0
---@return number? high
function triplet.share_interval(share, count) end

--- The mean and the population standard deviation of each column; 1 for a deviation of 0.
---@param x triplet.rows N x D, N >= 1
---@return triplet.standardization # 1 x D matrices
function triplet.standardization(x) end

--- (x - mean) / deviation.
---@param x triplet.rows N x D
---@param standardization triplet.standardization
---@return triplet.matrix # N x D
function triplet.standardize(x, standardization) end

---@class triplet.axes
---@field mean triplet.matrix 1 x D
---@field axes triplet.matrix count x D, at right angles and of length 1; the largest entry of each is positive
---@field shares number[] of the variance, one for each axis; empty where nothing varies

--- The axes along which rows vary most, that of most variance first. A sample stands for many wide rows.
---@param x triplet.rows N x D, N >= 1
---@param options? triplet.principal_axes_options
---@return triplet.axes
function triplet.principal_axes(x, options) end

--- Where rows lie along axes: (x - mean) axes^T.
---
---     local x = triplet.matrix { { 0, 1, 5 }, { 1, 3, 5 }, { 2, 5, 5 } }
---     local points = triplet.project(x, triplet.principal_axes(x))
---     assert(points.cols == 2 and points:get(2, 1) == 0)
---@param x triplet.rows N x D
---@param axes { mean: triplet.numbers, axes: triplet.rows } what `principal_axes` gives, or any
---@return triplet.matrix # N x count
function triplet.project(x, axes) end

--- A stratified split, drawn by seed. "rows" holds out round(fraction x n) of the n rows of each class, but leaves at
--- least two. "classes" holds out round(fraction x C) of the C classes of two or more rows as a whole: at least two, of
--- which it leaves at least two, and so none of fewer than four. "auto" is "rows", but "classes" if no class has more
--- than two rows. A row of several labels counts in each of its classes: it is held out only if two rows of all of them
--- stay, and with whole classes if any of them is held out. A row without labels is never held out.
---@param labels triplet.labels
---@param fraction number 0 .. 1; 0 holds out nothing
---@param seed integer 0 .. 2^53 - 1
---@param hold_out? "rows" | "classes" | "auto" default "rows"
---@return integer[] training row numbers, ascending
---@return integer[] held_out row numbers, ascending
function triplet.split(labels, fraction, seed, hold_out) end

--- Seeded data sets, the same on every machine: four blobs, three nested rings or two moons in the plane, or a Swiss
--- roll of four classes in space. Labels count from 0.
---@param kind "blobs" | "rings" | "moons" | "swiss_roll"
---@param rows integer >= 0
---@param noise number >= 0, a factor of the deviation; 1 looks best
---@param seed integer 0 .. 2^53 - 1
---@return triplet.matrix x rows x 2, or rows x 3 for the Swiss roll
---@return integer[] labels
function triplet.synthetic(kind, rows, noise, seed) end

--- Batches of P classes x K rows, as the trainer makes them, for a training loop of your own.
---
---     local x, labels = triplet.synthetic("rings", 120, 1, 1)
---     local sampler = triplet.sampler{ labels = labels, classes_per_batch = 3, rows_per_class = 4, seed = 1 }
---     for _ = 1, 10 do
---       local rows, batch_labels = sampler:next(), {}
---       for i, row in ipairs(rows) do
---         batch_labels[i] = labels[row]
---       end
---       local result = triplet.batch_loss(x:select(rows), batch_labels, { mining = "semihard" })
---       assert(#rows == sampler.batch_rows and result.loss >= 0)
---     end
---@param options triplet.sampler_options
---@return triplet.sampler
function triplet.sampler(options) end

--- A cross-batch memory (Wang et al. 2020): past embeddings to take as references.
---@param options triplet.memory_options
---@return triplet.memory
function triplet.memory(options) end

--- Dense layers with PyTorch's initialization, for a training loop of your own. With `residual` it is an adapter: the
--- identity at first.
---
---     local adapter = triplet.encoder{ inputs = 3, layers = { 8, 3 }, residual = true, seed = 1 }
---     assert(adapter:forward{ { 1, 2, 3 } }:get(1, 2) == 2)
---@param options triplet.encoder_options
---@return triplet.encoder
function triplet.encoder(options) end

--- Layers for a table of which only the shape is known, as the command takes them: a hidden layer of 256, and an
--- embedding of as many dimensions as there are inputs, or twice as many as there are classes if that is more, but at
--- least 16 and at most 64. With the trainer's other defaults, new rows then find their classes no less well than by
--- the standardised inputs; core/triplet.h says by which measurements.
---@param inputs integer columns of the data, at least 1
---@param classes integer that the labels name, at least 1
---@return integer[] # the option layers
function triplet.suggest_layers(inputs, classes) end

--- PyTorch's SGD, Adam or AdamW, for a training loop of your own.
---@param options? triplet.optimizer_options
---@return triplet.optimizer
function triplet.optimizer(options) end

--- Data, batches, encoder, loss and optimizer tied together; also the trained model.
---
--- With `references` it learns from pairs, such as questions and their answers: row i of the data, which are the
--- queries, belongs to row i of the references. Then it needs no labels; pairs of one label are positives of each
--- other. A batch is classes_per_batch x rows_per_class pairs; its queries are compared with its references. With
--- `residual` it adapts frozen embeddings:
---
---     local questions = triplet.matrix(60, 4):random(1)
---     local answers = triplet.matrix(60, 4):random(2):scale(0.3):add(questions)
---     local trainer = triplet.trainer{
---       data = questions, references = answers, layers = { 4 }, residual = true, standardize = false,
---       loss = "info_nce", steps = 20,
---     }
---     trainer:run()
---     assert(trainer:evaluate().precision_at_1 > 0.5) -- the questions search the answers
---@param options triplet.trainer_options
---@return triplet.trainer
function triplet.trainer(options) end

--- What `trainer:save`, `encoder:save` or `optimizer:save` wrote. A trainer can embed at once, and train after
--- `trainer:attach`; an optimizer goes on with the update after its last.
---
---     local encoder = triplet.encoder{ inputs = 2, layers = { 3 }, seed = 1 }
---     assert(encoder:save("encoder.safetensors"))
---     local loaded = assert(triplet.load("encoder.safetensors"))
---     assert(triplet.kind(loaded) == "encoder" and loaded.parameters:tobytes() == encoder.parameters:tobytes())
---@param path string without zero bytes
---@return triplet.trainer | triplet.encoder | triplet.optimizer | nil # nil if the file cannot be read or is nothing of
--- the kind ("path: not a safetensors file")
---@return string? message
function triplet.load(path) end

--- The same from the bytes of their `tobytes`.
---@param bytes string | triplet.mapped_file safetensors
---@return triplet.trainer | triplet.encoder | triplet.optimizer | nil # nil if the bytes are nothing of the kind
---@return string? message
function triplet.from_bytes(bytes) end

--- What an object of this module is.
---@param value any
---@return string? # "matrix", "trainer", "encoder" ... of any other value nil
function triplet.kind(value) end

--- The rows in a file: NumPy's .npy, .safetensors, .fvecs, or text with a word and its numbers in each line (GloVe's,
--- word2vec's). Which it is, is told by its bytes.
---
---     local file = assert(io.open("words.txt", "wb"))
---     file:write("2 3\nking 0.5 1 2\nqueen 0.25 1 3\n") -- as word2vec writes them
---     file:close()
---     local rows, words = assert(triplet.load_matrix("words.txt"))
---     assert(rows.cols == 3 and words[2] == "queen" and rows:get(2, 1) == 0.25)
---@param path string without zero bytes
---@param options? triplet.decode_matrix_options
---@return triplet.matrix? # nil if the file cannot be read or is not such a file ("path: row 3: ...")
---@return string[] | string | nil # of text its words, one a row; the message where there is no matrix
function triplet.load_matrix(path, options) end

--- The same from the bytes of a file.
---@param bytes string | triplet.mapped_file
---@param options? triplet.decode_matrix_options
---@return triplet.matrix? # nil if the bytes are not those of such a file
---@return string[] | string | nil # of text its words, one a row; the message where there is no matrix
function triplet.decode_matrix(bytes, options) end

--- The format of a file of rows, as `decode_matrix` tells it.
---@param bytes string | triplet.mapped_file a whole file
---@return "npy" | "safetensors" | "fvecs" | "text" | nil # nil if it is none of these
function triplet.file_format(bytes) end

--- The bytes of a safetensors file with several matrices, each by its name.
---
---     local bytes = triplet.encode_matrices{ queries = { { 1, 2 } }, answers = { { 3, 4 } } }
---     assert(triplet.decode_matrix(bytes, { tensor = "queries" }):get(1, 2) == 2)
---@param matrices table<string, triplet.rows> as `pairs` lists them
---@return string bytes
function triplet.encode_matrices(matrices) end

--- Writes such a file by way of `triplet.output`.
---
---     assert(triplet.save_matrices("sides.safetensors", { queries = { { 1, 2 } }, answers = { { 3, 4 } } }))
---     local answers = assert(triplet.load_matrix("sides.safetensors", { tensor = "answers" }))
---     assert(answers:get(1, 1) == 3)
---@param path string without zero bytes
---@param matrices table<string, triplet.rows>
---@return true? # nil if it cannot be written
---@return string? message
function triplet.save_matrices(path, matrices) end

--- A file that appears complete or not at all, as `trainer:save` writes it: it is written beside the path's target,
--- links followed, and an earlier file there stays as it was until `output:commit`.
---@param path string without zero bytes
---@return triplet.output? # nil if no file can be written there, or what is there is not a regular file
---@return string? message
function triplet.output(path) end

--- Shows the points while a script runs; the same script works in the demo page and natively. In the page the points
--- move: call it as often as you like, and the page draws as many frames as it can. Natively the info is printed on a
--- terminal once a second, and each call writes an SVG file into the folder that the environment variable
--- TRIPLET_FRAMES names. More than three columns are shown by their first two principal components.
---@param embeddings triplet.rows N x D
---@param labels integer[] N
---@param info? string | triplet.report a line of text, or a table whose step, loss and active are shown
function triplet.show(embeddings, labels, info) end

--- Sets the number of threads, which is 1 at first; results do not depend on it, to the bit.
---@param threads? integer 1 .. 64; nil only returns the number
---@return integer threads
function triplet.threads(threads) end

--- Gives back the memory that calls have kept for later ones of the same shapes, as they work faster with it.
function triplet.trim() end

--- The cores that this process may run on, at most the 64 that `threads` takes: `threads(cores())` works with them all.
---@return integer
function triplet.cores() end

--- Ranks: processes that work together, on one machine or many. From then on every rank makes the same calls in the
--- same order with the same values, and has the whole result of each, whose bits are those of one process; a call that
--- fails on one rank fails on all. `triplet.mpi` has an example.
---@param collective? triplet.collective what `require("triplet.mpi").world()` gives, which is kept alive; nil takes it
--- away, and without an argument it is only told
---@return triplet.collective? # the one that is set
function triplet.collective(collective) end

--- Rows that ranks share out, so that memory per rank falls with their number: those that this one has. It goes where
--- a matrix of all rows would, into `triplet.trainer`, a trainer's `attach`, `embed`, `evaluate` and `verify`, and
--- `triplet.evaluate_held_out`; what these give is to the bit what they give of that matrix. Labels and lists of rows
--- are of all rows on every rank. All ranks together have each row once, whichever those are; without a collective
--- there is one rank, which has all.
---
---     local x, labels = triplet.synthetic("rings", 90, 1, 1)
---     local rank, size, numbers = 0, 1, {} -- of require("triplet.mpi").world()
---     for row = rank + 1, x.rows, size do
---       numbers[#numbers + 1] = row
---     end
---     local shard = triplet.shard(x:select(numbers), numbers, x.rows)
---     local trainer = triplet.trainer{ data = shard, labels = labels, layers = { 8, 2 }, steps = 10 }
---     trainer:run()
---     assert(trainer:embed().rows == 90)
---@param data triplet.rows M x D; a rank may have none, as triplet.matrix(0, D)
---@param numbers integer[] M, ascending: which of all rows they are, each 1 .. rows
---@param rows integer N, how many the ranks have together
---@return triplet.shard
function triplet.shard(data, numbers, rows) end

--- Selects the kernels, for measurements; results do not depend on them, to the bit.
---@param name? string one of instruction_sets(); nil only returns the name
---@return string name
function triplet.instruction_set(name) end

--- The kernels that this machine can run, from the plainest to the fastest.
---@return string[]
function triplet.instruction_sets() end

--- The options of a function, in order; without a name, the names of the functions that take options.
---@param name? string "margin_loss", "trainer" ...
---@return triplet.field[] | string[]
function triplet.schema(name) end

-- Objects -------------------------------------------------------------------------------------------------------------

--- Can be given as the option `references`, and as the references of `triplet.nearest`. It holds `#memory` rows. Can be
--- closed, in Lua 5.4 by `local memory <close>`; afterwards using it raises.
---@class triplet.memory
---@operator len: integer
local memory = {}

--- Adds copies of rows, which replace the oldest when it is full. The first push fixes the width.
---@param embeddings triplet.rows N x D
---@param labels triplet.labels N
function memory:push(embeddings, labels) end

--- Forgets all rows.
function memory:clear() end

--- It keeps 4 D bytes of each reference, with distance = "cosine" 8 D + 8, and of every distance but minkowski with p
--- other than 2 about 2 D + 4 more. Can be closed, in Lua 5.4 by `local index <close>`; afterwards `nearest` raises and
--- the fields are nil.
---@class triplet.index
---@field rows integer M
---@field cols integer D
local index = {}

--- What `triplet.nearest` finds with the references and options of the index, to the bit.
---@param queries triplet.rows N x D
---@param options triplet.index_nearest_options
---@return triplet.neighbours
function index:nearest(queries, options) end

--- Can be closed, in Lua 5.4 by `local sampler <close>`; afterwards `next` raises and the field is nil.
---@class triplet.sampler
---@field batch_rows integer the most rows of a batch; 0 if a balanced sampler has no class of two rows
local sampler = {}

--- The rows of the next batch, class by class.
---@return integer[] # none if batch_rows is 0
function sampler:next() end

---@class triplet.shard
---@field data triplet.matrix M x D, the rows that this rank has
---@field numbers integer[] a copy of their numbers
---@field rows integer how many rows all ranks have together

---@class triplet.encoder
---@field inputs integer columns of its input
---@field dim integer columns of its output
---@field parameters triplet.matrix 1 x P, live: layer by layer W (out, in) and b (out)
local encoder = {}

--- Embeds rows, and keeps what `backward` needs.
---@param x triplet.rows N x inputs
---@return triplet.matrix # N x dim; do not change it before `backward`
function encoder:forward(x) end

--- Takes the gradient of the last forward's embeddings, and returns those of the parameters and of x. Raises before the
--- first forward.
---@param embeddings_gradient triplet.rows N x dim
---@return triplet.encoder_gradient
function encoder:backward(embeddings_gradient) end

--- The encoder as safetensors, for `triplet.from_bytes`: its layers as a trainer's model has them.
---@return string bytes
function encoder:tobytes() end

--- Writes them by way of `triplet.output`; `triplet.load` reads them.
---@param path string without zero bytes
---@return true? # nil if it cannot be written
---@return string? message
function encoder:save(path) end

--- The encoder as an ONNX model, which other runtimes run: its input x (N, inputs) gives embeddings (N, dim), float32
--- both, whose last digits differ from those of `forward`: in onnxruntime by less than 1e-6 of the largest number.
---@return string bytes
function encoder:toonnx() end

--- Writes that by way of `triplet.output`.
---@param path string without zero bytes
---@return true? # nil if it cannot be written
---@return string? message
function encoder:export(path) end

---@class triplet.optimizer
---@field steps integer updates done
local optimizer = {}

--- Updates the parameters in place. The first update fixes their number.
---@param parameters triplet.matrix
---@param gradient triplet.rows of the same shape
function optimizer:update(parameters, gradient) end

--- An option's value.
---@param key string
---@return number | boolean | string
function optimizer:get(key) end

--- Changes an option from the next update on.
---@param key string
---@param value number | boolean | string
function optimizer:set(key, value) end

--- The optimizer as safetensors, for `triplet.from_bytes`: its options, the number of its updates and what it
--- remembers, so that training resumes to the bit.
---
---     local weights, gradient = triplet.matrix(1, 3):fill(1), triplet.matrix(1, 3):fill(0.5)
---     local optimizer = triplet.optimizer{ name = "adam" }
---     optimizer:update(weights, gradient)
---     local again = triplet.from_bytes(optimizer:tobytes())
---     assert(again.steps == 1)
---@return string bytes
function optimizer:tobytes() end

--- Writes them by way of `triplet.output`; `triplet.load` reads them.
---@param path string without zero bytes
---@return true? # nil if it cannot be written
---@return string? message
function optimizer:save(path) end

--- Can be closed, in Lua 5.4 also by `local trainer <close>`; afterwards every method raises and every field is nil. A
--- method that is running still completes.
---@class triplet.trainer
---@field steps integer steps done
--- Whether there is nothing left to do: `steps` are done or patience is exhausted, and no validation is due.
---@field stopped boolean
---@field dim integer columns of the embedding
---@field inputs integer columns of the data
---@field columns string[] a copy
---@field classes string[] a copy
---@field recipe? triplet.recipe of the table that it was trained on; usable until the trainer is closed
---@field parameters triplet.matrix 1 x P, a copy
--- The largest distance of rows that count as the same, as `triplet.verify` finds it; nil: none. Can be set; what
--- changes the weights takes it away.
---@field threshold? number
---@field facts table<string, string> a copy of texts that are saved with the model, which are yours; can be set
---@field kept_rows? triplet.kept_rows a copy of the rows that are saved with the model to classify by; see `keep_rows`
---@field last_batch integer[] data rows of the last step's batch; none before the first step or after a failed one
---@field validation_rows integer[] data rows set aside for validation
local trainer = {}

--- Trains on one batch: forward, backward, update. May go on past `steps` and past `stopped`. A step that is cancelled,
--- which returns nil and "cancelled", has not been made; the next one takes the same batch. If it was cancelled in its
--- validation, the next one makes up for that alone.
---@param report? triplet.report of an earlier step, which is filled again, so that a loop allocates nothing
---@param progress? triplet.progress
---@return triplet.report
function trainer:step(report, progress) end

--- Trains until a step reports `stopped`. The callback always gets the same table, filled again after each step. Errors
--- that it raises pass through. It cannot yield: write the loop with `step` for that. If it closes the trainer, it has
--- to return false, or the run raises.
---@param callback? fun(report: triplet.report): boolean? called after each step; false stops
---@return triplet.report # of the last step
function trainer:run(callback) end

--- The triplets that the last step selected, as data rows: those it trained on, whatever options and weights are now.
--- None before the first step, after a failed one, and of a loss that is not one of triplets.
---@return triplet.indices
function trainer:last_triplets() end

--- Puts the weights with the best validation MAP@R in place; without one it does nothing.
function trainer:restore_best() end

--- An option's value, as it is now.
---@param key string
---@return any
function trainer:get(key) end

--- Changes an option from the next step on. Raises for what is fixed: layers, seed, activation, normalize, residual,
--- adapt, standardize. Another loss brings its distance and temperature, unless these differ from what the loss before
--- it brought.
---@param key string
---@param value any
function trainer:set(key, value) end

--- The embeddings of raw rows; without x, of the trainer's own data. A free table embeds only its own rows.
---@param x? triplet.rows | triplet.shard M x inputs
---@param progress? triplet.progress
---@return triplet.matrix # M x dim
function trainer:embed(x, progress) end

--- `triplet.evaluate` of the embedded rows, with the trainer's own distance; without x and labels, of its own data. Own
--- pairs are evaluated as queries that search their references.
---@param x? triplet.rows | triplet.shard M x inputs
---@param labels? triplet.labels | triplet.relations M
---@param options? triplet.evaluate_options its references are raw rows, which are embedded, too, but with adapt =
--- "queries", which takes them as they are
---@return triplet.metrics
function trainer:evaluate(x, labels, options) end

--- `triplet.verify` of the embedded rows, as `evaluate` takes them; its `threshold` becomes the trainer's, unless it
--- accepts nothing. Choose it on other rows than those that were trained on.
---
---     local x, labels = triplet.synthetic("rings", 90, 1, 1)
---     local trainer = triplet.trainer{ data = x, labels = labels, layers = { 8, 2 }, steps = 100 }
---     trainer:run()
---     local unseen, kinds = triplet.synthetic("rings", 90, 1, 2)
---     assert(trainer:verify(unseen, kinds).threshold == trainer.threshold)
---@param x? triplet.rows | triplet.shard M x inputs
---@param labels? triplet.labels | triplet.relations M
---@param options? triplet.verify_options its references are raw rows, as those of `evaluate`
---@return triplet.verification
function trainer:verify(x, labels, options) end

--- Gives a loaded trainer data to train on, with references pairs. Raises if the data do not fit the model.
---
---     local questions, answers = triplet.matrix(60, 4):random(1), triplet.matrix(60, 4):random(2)
---     local trainer = triplet.trainer{
---       data = questions, references = answers, layers = { 4 }, residual = true, loss = "info_nce", steps = 10,
---     }
---     trainer:run()
---     local model = triplet.from_bytes(trainer:tobytes()) -- tomorrow
---     model:attach(questions, nil, answers)
---     assert(model:step().step == 11)
---@param data triplet.rows | triplet.shard N x inputs
---@param labels? triplet.labels N; they may be nil beside references
---@param references? triplet.rows N x inputs; with adapt = "queries" N x dim
function trainer:attach(data, labels, references) end

--- Keeps embedded rows with the model, to classify by; without arguments none are kept. Whoever has the model's file
--- has them, too. What changes the weights takes them away, as it takes the threshold.
---
---     local x, labels = triplet.synthetic("blobs", 40, 1, 1)
---     local trainer = triplet.trainer{ data = x, labels = labels, layers = { 2 }, steps = 10 }
---     trainer:run()
---     trainer:keep_rows(trainer:embed(), labels)
---     trainer.threshold = triplet.verify(trainer:embed(), labels).eer_threshold
---     trainer.facts = { source = "synthetic" }
---     local model = triplet.from_bytes(trainer:tobytes())
---     local kept = model.kept_rows
---     local found = triplet.classify(model:embed{ { 0, 0 } }, kept.embeddings, kept.labels, { k = 3 })
---     assert(found.labels[1] and model.facts.source == "synthetic" and model.threshold == trainer.threshold)
---@param embeddings? triplet.rows M x dim
---@param labels? triplet.labels M
function trainer:keep_rows(embeddings, labels) end

--- The model as safetensors: weights, standardization, names, options, and the states of the optimizer, the random
--- generator and the sampler, so that training resumes to the bit.
---@return string bytes
function trainer:tobytes() end

--- Writes the model by way of `triplet.output`: whatever happens, the file is the earlier one or the new one, complete.
---@param path string without zero bytes
---@return true? # nil if it cannot be written
---@return string? message
function trainer:save(path) end

--- The encoder with its standardization as an ONNX model, which other runtimes run: its input x (N, inputs) gives
--- embeddings (N, dim), float32 both, whose last digits differ from those of `embed`: in onnxruntime by less than 1e-6
--- of the largest number. x is what `embed` takes; but with a recipe it is what the table has: columns of numbers as
--- they are, NaN where one is missing, and of a category a column for each of its values, 1 in that of the row's and 0
--- elsewhere. The model's metadata `inputs` is the JSON list of their names. Raises for a free table, which has no
--- encoder.
---
---     local x, labels = triplet.synthetic("rings", 90, 1, 1)
---     local trainer = triplet.trainer{ data = x, labels = labels, layers = { 8, 2 }, steps = 100 }
---     trainer:run()
---     assert(trainer:export("rings.onnx")) -- onnxruntime.InferenceSession("rings.onnx").run(None, { "x": x })
---@return string bytes
function trainer:toonnx() end

--- Writes that by way of `triplet.output`.
---@param path string without zero bytes
---@return true? # nil if it cannot be written
---@return string? message
function trainer:export(path) end

--- Frees its memory at once.
function trainer:close() end

---@class triplet.kept_rows
---@field embeddings triplet.matrix M x dim
---@field labels triplet.labels M; texts where the trainer has `classes`

--- Can be closed, in Lua 5.4 also by `local output <close>`, and is closed when it is collected. Afterwards its other
--- methods raise.
---@class triplet.output
local output = {}

--- Adds bytes. Once a write has failed, every later call fails too, so checking what `commit` returns is enough.
---@param bytes string
---@return true? # nil if they could not be written
---@return string? message
function output:write(bytes) end

--- Puts the file in its place once it is completely on disk, with the mode and the owner of the one that it replaces,
--- and closes the output.
---@return true? # nil if that failed; nothing is left behind
---@return string? message
function output:commit() end

--- Whether `commit` would replace the file of that path, which may be spelled differently or lead there by links.
---@param path string without zero bytes
---@return boolean
function output:replaces(path) end

--- Discards what was not committed.
function output:close() end

--- A file as memory: what is looked at of it is read just then, and the system may take it back. Whoever makes the file
--- shorter meanwhile ends the process, as of any mapped file (SIGBUS): it is for files that stay as they are.
---@param path string without zero bytes
---@return triplet.mapped_file? # nil if the file cannot be read or mapped, as pipes cannot, and none can on Windows
---@return string? message
function triplet.map_file(path) end

--- Stands for the string of its bytes in `triplet.table.read`, `decode_matrix`, `file_format` and `from_bytes`; its
--- length is that of the file. Can be closed, and is closed when it is collected.
---@class triplet.mapped_file
local mapped_file = {}

--- Some of its bytes, as `string.sub` gives them.
---@param first integer from 1
---@param last integer
---@return string
function mapped_file:sub(first, last) end

--- Whether the file is as long as it was, and nobody has written to it.
---@return boolean
function mapped_file:is_unchanged() end

--- Lets go of it once no call works with it. Afterwards its methods raise.
function mapped_file:close() end

return triplet
