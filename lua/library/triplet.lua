---@meta triplet

--- Metric learning: the triplet margin loss, its exact gradient, in-batch mining and training, in float32, with the
--- same bits on every machine. Misuse raises an error that names the argument, what was expected and what came; what
--- the world can do wrong (a file is missing, bytes are no model) returns nil and a message.
---
--- Indices count from 1. Labels are integers that fit 32 bits. Where rows with values that are not finite would be
--- silently lost, the call raises, unless `nonfinite = "allow"`. A figure of nothing is nil.
---
--- Options may come from a metatable's `__index`, and lists and results of earlier calls may stand for others by
--- theirs. A name that is no option raises, in the table as in those that it inherits from; there functions and names
--- that begin with "__" are passed over, for a class has such. Fields that an object does not have raise, too.
---@class triplet
---@field version string "major.minor.patch"
---@field matrix triplet.matrix_module
---@field methods table<string, table<string, function>> of each kind of object, by kind: "matrix", "trainer" ...
---@field properties table<string, table<string, function>> what reads each field of an object, by kind
local triplet = {}

--- A matrix, or a table of rows of numbers, which is copied into one.
---@alias triplet.rows triplet.matrix | number[][]
--- A number for one, a table of numbers, or a matrix of one row or column; finite.
---@alias triplet.numbers number | number[] | triplet.matrix

-- Matrices ------------------------------------------------------------------------------------------------------------

--- Rows x cols float32 in one block, row-major. `#m` is `m.rows`.
---@class triplet.matrix
---@field rows integer
---@field cols integer
---@operator len: integer
local matrix = {}

--- One entry. Raises outside the matrix.
---@param row integer 1 .. rows
---@param column integer 1 .. cols
---@return number
function matrix:get(row, column) end

--- Sets one entry, rounded to float32. Raises outside the matrix.
---@param row integer 1 .. rows
---@param column integer 1 .. cols
---@param value number
function matrix:set(row, column, value) end

--- A table of rows.
---@return number[][]
function matrix:totable() end

--- Row-major little-endian float32.
---@return string bytes 4 x rows x cols of them
function matrix:tobytes() end

--- A copy of rows, in the order of the indices, which may repeat.
---@param indices integer[] each 1 .. rows
---@return triplet.matrix
function matrix:select(indices) end

--- Rows first .. last, both included, of the same memory: a change of one is a change of the other. It keeps that
--- memory alive.
---@param first integer 1 .. rows + 1
---@param last integer first - 1 .. rows; first - 1: no rows
---@return triplet.matrix
function matrix:view(first, last) end

--- `triplet.matrix(rows, cols)` gives zeros, `triplet.matrix{ {1, 2}, {3, 4} }` a copy of the rows.
---@class triplet.matrix_module
---@overload fun(rows: integer, cols: integer): triplet.matrix
---@overload fun(rows: number[][]): triplet.matrix
local matrix_module = {}

--- A matrix from the bytes that tobytes gives. Raises when their number is not 4 x rows x cols.
---@param bytes string little-endian float32, row-major
---@param rows integer >= 0
---@param cols integer >= 0
---@return triplet.matrix
function matrix_module.from_bytes(bytes, rows, cols) end

-- Options -------------------------------------------------------------------------------------------------------------

--- How distances are taken.
---@class triplet.distance_options
---@field convention? "torch" | "optax" | "exact" where eps goes and what a tie does; default "exact"
---@field distance? "minkowski" | "squared" | "cosine" the last two ignore p and eps; default "minkowski"
---@field p? number of the Minkowski distance, 1 .. math.huge; default 2
---@field eps? number >= 0, unused by the exact convention; default 1e-06
---@field nonfinite? "error" | "allow" raise, or count the rows in the result; default "error"

--- The hinge h = (d(a, p) + margin) - d(a, n).
---@class triplet.hinge_options : triplet.distance_options
---@field margin? number finite; default 0.2
---@field swap? boolean take min(d(a, n), d(p, n)) for d(a, n) (Balntas et al. 2016); default false
---@field soft_margin? boolean softplus(h) in place of max(h, 0) (Hermans et al. 2017 with margin 0); default false
---@field reduction? "mean" | "sum" | "none" | "mean_nonzero" none: one loss per triplet or anchor; default "mean"

--- Values beside the numbers.
---@class triplet.loss_options : triplet.hinge_options
---@field weights? triplet.numbers multiply the losses, one per triplet, in batches per anchor; 1 when not given
---@field margins? triplet.numbers one per triplet, in batches per anchor, in place of margin
---@field grad_output? triplet.numbers scales the gradient: one, or with reduction "none" one per loss; 1 when not given
---@field gradients? boolean false skips them; true when not given
---@field out? table an earlier result, whose matrices are written again; they must have the right shapes

---@class triplet.margin_loss_options : triplet.loss_options
---@field convention? "torch" | "optax" | "exact" default "torch"
---@field margin? number finite; default 1

---@class triplet.indexed_loss_options : triplet.margin_loss_options

--- Which triplets of a batch count; core/triplet.h defines each and names its paper.
---@class triplet.mining_options
---@field mining? "all" | "hard" | "semihard" | "easy_positive" | "distance_weighted" | "random" default "all"
---@field fallback? "skip" | "farthest" where no negative lies beyond the positive; default "skip"
---@field ignore_label? integer rows of this label take no part; default none

--- A separate set that positives and negatives come from.
---@class triplet.reference_options
---@field references? triplet.rows | triplet.memory R rows as wide as the queries
---@field reference_labels? integer[] R labels; needed beside rows, refused beside a memory
---@field reference_self? integer[] for each query the reference row that is the query itself; 0: none

---@class triplet.batch_loss_options : triplet.loss_options, triplet.mining_options, triplet.reference_options
---@field seed? integer of random and distance_weighted, 0 .. 2^53 - 1; default 0
---@field reference_gradient? boolean also give the gradient of the references; false when not given

---@class triplet.mine_options : triplet.distance_options, triplet.mining_options, triplet.reference_options
---@field seed? integer of random and distance_weighted, 0 .. 2^53 - 1; default 0
---@field margin? number finite, for stats; default 0.2
---@field margins? triplet.numbers one per anchor in place of margin

---@class triplet.distances_options : triplet.distance_options
---@field out? triplet.matrix N x M, written and returned

---@class triplet.nearest_options : triplet.distance_options
---@field k integer how many, 1 .. the number of references
---@field reference_self? integer[] for each query the reference row that is the query itself and left out; 0: none

---@class triplet.evaluate_options : triplet.distance_options, triplet.reference_options
---@field ignore_label? integer rows of this label take no part; default none
---@field k? integer[] ranks to give recall_at for, each >= 1

---@class triplet.evaluate_held_out_options : triplet.distance_options
---@field ignore_label? integer rows of this label take no part; default none
---@field k? integer[] ranks to give recall_at for, each >= 1
---@field most_queries? integer held-out rows that are asked where there are more, 1 .. 1e9; default 10000
---@field seed? integer of the sample that is then drawn, 0 .. 2^53 - 1; default 0

---@class triplet.optimizer_options
---@field name? "sgd" | "adam" | "adamw" by PyTorch's formulas; default "adam"
---@field learning_rate? number >= 0; default 0.001
---@field momentum? number of sgd, in [0, 1); default 0
---@field nesterov? boolean of sgd, needs a momentum; default false
---@field b1? number of adam and adamw, in [0, 1); default 0.9
---@field b2? number of adam and adamw, in [0, 1); default 0.999
---@field eps? number of adam and adamw, >= 0; default 1e-08
---@field weight_decay? number >= 0; naming adamw makes it 0.01; default 0

--- Batches are of classes_per_batch classes and of rows_per_class rows of each, no row twice. Sampler "balanced" draws
--- all classes of two rows or more alike, each row of a class once before any of them comes again; a class with fewer
--- rows than asked for gives what it has, and rows that are alone in their class fill the places that leaves, as
--- negatives. "epoch" has every row of the data once before any comes again.
---@class triplet.trainer_options : triplet.hinge_options, triplet.mining_options
---@field data triplet.rows N rows to learn from; copied
---@field labels integer[] N labels
---@field margin? number finite; default 1
---@field layers? integer[] output width of each dense layer, at most 16; none: a free table, a row for each of data
---@field activation? "relu" | "tanh" | "none" after every layer but the last; default "relu"
---@field normalize? boolean divide embeddings by their Euclidean length; default false
---@field dim? integer of a free table's embeddings, 1 .. 1e9; default 2
---@field standardize? boolean by the mean and deviation of the training rows, kept in the model; default true
---@field optimizer? triplet.optimizer_options | triplet.optimizer
---@field seed? integer of initial weights, batches and drawn triplets, 0 .. 2^53 - 1; default 1
---@field sampler? "balanced" | "epoch" how batches are made; default "balanced"
---@field classes_per_batch? integer 2 .. 1e9; default 8
---@field rows_per_class? integer 2 .. 1e9; default 8
---@field steps? integer what run does and the schedule spans, >= 0; default 1000
---@field schedule? "constant" | "cosine" | "linear" of the learning rate over steps; default "constant"
---@field warmup? integer steps in which the learning rate rises linearly, >= 0; default 0
---@field validation? number share of each class's rows set aside to judge by, 0 .. 1; default 0
---@field evaluate_every? integer steps between judgements by MAP@R of the validation rows, >= 1; default 50
---@field patience? integer judgements without a better one before stopping early, 0: never; default 0
---@field columns? string[] names of the data's columns, which travel with the model
---@field classes? string[] names of the labels, the name of label l at l + 1, which travel with the model

---@class triplet.encoder_options
---@field inputs integer columns of the data, >= 1
---@field layers integer[] output width of each dense layer, at most 16
---@field seed integer of the initial weights, >= 0
---@field activation? "relu" | "tanh" | "none" after every layer but the last; default "relu"
---@field normalize? boolean divide outputs by their Euclidean length; default false

---@class triplet.memory_options
---@field capacity integer rows it holds at most, >= 1

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
---@field active integer triplets with a gradient before reduction
---@field nonfinite integer rows that are not finite
---@field stats triplet.stats
---@field gradient? triplet.matrix B x D
---@field reference_gradient? triplet.matrix R x D

--- Of the selected triplets.
---@class triplet.stats
---@field triplets integer
---@field active integer with a gradient before reduction
---@field hard integer d(a, n) <= d(a, p)
---@field semihard integer d(a, p) < d(a, n), and a loss
---@field easy integer no loss
---@field anchors_without_positive integer
---@field anchors_without_negative integer
---@field nonfinite integer rows that are not finite
---@field mean_positive_distance? number over the distinct (a, p); nil without any
---@field mean_negative_distance? number over the distinct (a, n); nil without any
---@field collapsed boolean every distance is below 1e-3 x margin

--- Three lists of one length: triplet i is row anchors[i], positives[i], negatives[i].
---@class triplet.indices
---@field anchors integer[]
---@field positives integer[]
---@field negatives integer[]

---@class triplet.picks : triplet.indices
---@field stats triplet.stats

---@class triplet.neighbours
---@field indices integer[][] for each query its k nearest references, nearest first, ties to the lowest index
---@field distances triplet.matrix N x k

--- R is the number of a query's positives (Musgrave et al. 2020). Without a query there is no figure: nil.
---@class triplet.metrics
---@field queries integer rows that were judged
---@field skipped integer rows without a positive, or of ignore_label
---@field precision_at_1? number share of queries whose nearest reference has their label
---@field recall_at table<integer, number> by k: share of queries with a positive among their k nearest
---@field r_precision? number mean share of positives among the R nearest
---@field map_at_r? number mean average precision at R
---@field triplet_accuracy? number share of all triplets with d(a, p) < d(a, n); nil also where no query has a negative

---@class triplet.metrics_against_training : triplet.metrics
---@field knn_accuracy? number share of queries whose class has the most votes of their 5 nearest training rows

---@class triplet.held_out_metrics
---@field against_training triplet.metrics_against_training references are the training rows; no query of whole classes
---@field among_themselves triplet.metrics references are the other held-out rows
---@field held_out integer rows held out
---@field queries integer those of them that were asked: all, or a sample of most_queries

---@class triplet.report
---@field step integer counts from 1
---@field loss? number nil after a run that had no step to take
---@field active integer as stats.active
---@field learning_rate? number of this step; nil as loss
---@field stats triplet.stats of this step's batch
---@field validation? number MAP@R of the validation rows at the last judgement; nil before the first
---@field improved boolean this step ended with the best judgement so far
---@field stopped boolean patience is exhausted or the steps are done; the best weights are in place
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
---@field belongs? string conditions on other options, separated by commas, that all hold where it plays a part
---@field help string one line

-- Functions -----------------------------------------------------------------------------------------------------------

--- The loss of explicit triplets, row i of each matrix being triplet i, and its exact gradients, as
--- torch.nn.functional.triplet_margin_loss (convention "torch") and optax.losses.triplet_margin_loss ("optax").
--- Raises for shapes that differ and values that are not finite.
---@param anchors triplet.rows N x D
---@param positives triplet.rows N x D
---@param negatives triplet.rows N x D
---@param options? triplet.margin_loss_options
---@return triplet.margin_result # `options.out` where given
function triplet.margin_loss(anchors, positives, negatives, options) end

--- The same for triplets of rows of one table; takes what `triplet.mine` gives.
---@param table triplet.rows R x D
---@param indices triplet.indices each 1 .. R
---@param options? triplet.indexed_loss_options
---@return triplet.indexed_result # `options.out` where given
function triplet.indexed_loss(table, indices, options) end

--- The loss of the triplets that mining selects from a batch. "all" is exact without listing them, in O(B^2 (D + log
--- B)).
---@param embeddings triplet.rows B x D
---@param labels integer[] B
---@param options? triplet.batch_loss_options
---@return triplet.batch_result # `options.out` where given
function triplet.batch_loss(embeddings, labels, options) end

--- The same selection as index triplets, ordered by anchor, positive, negative. Positives and negatives number the
--- references where given.
---@param embeddings triplet.rows B x D
---@param labels integer[] B
---@param options? triplet.mine_options
---@return triplet.picks
function triplet.mine(embeddings, labels, options) end

--- The distance of every row of x and every row of y, by direct differences.
---@param x triplet.rows N x D
---@param y triplet.rows M x D
---@param options? triplet.distances_options
---@return triplet.matrix # N x M
function triplet.distances(x, y, options) end

--- The k nearest references of each query by exact search.
---@param queries triplet.rows N x D
---@param references triplet.rows | triplet.memory M x D
---@param options triplet.nearest_options
---@return triplet.neighbours
function triplet.nearest(queries, references, options) end

--- Retrieval metrics: each row is compared with the references, without any with the other rows.
---@param embeddings triplet.rows N x D
---@param labels integer[] N
---@param options? triplet.evaluate_options
---@return triplet.metrics
function triplet.evaluate(embeddings, labels, options) end

--- How well held-out rows find those of their class: among the training rows, which is what a user of the model gets,
--- and among themselves. More than most_queries are judged by a seeded sample of them.
---@param embeddings triplet.rows N x D, of all rows
---@param labels integer[] N
---@param held_out integer[] numbers of the held-out rows, as `triplet.split` gives them; each 1 .. N
---@param options? triplet.evaluate_held_out_options
---@return triplet.held_out_metrics
function triplet.evaluate_held_out(embeddings, labels, held_out, options) end

--- Column means and deviations (population; 1 where the deviation is 0).
---@param x triplet.rows N x D, N >= 1
---@return triplet.standardization # 1 x D matrices
function triplet.standardization(x) end

--- (x - mean) / deviation.
---@param x triplet.rows N x D
---@param standardization triplet.standardization
---@return triplet.matrix # N x D
function triplet.standardize(x, standardization) end

--- A stratified split, drawn by seed. "rows": of each class round(fraction x n) rows are held out, but two always stay.
--- "classes": round(fraction x C) of the C classes of two rows or more, whole; at least two of them, and two always
--- stay: none of fewer than four. "auto": rows, or classes where no class has more than two rows.
---@param labels integer[]
---@param fraction number 0 .. 1; 0 holds out nothing
---@param seed integer 0 .. 2^53 - 1
---@param hold_out? "rows" | "classes" | "auto" "rows" when not given
---@return integer[] training row numbers, ascending
---@return integer[] held_out row numbers, ascending
function triplet.split(labels, fraction, seed, hold_out) end

--- Seeded sets, equal on every machine: four blobs, three nested rings and two moons in the plane, a swiss roll of four
--- classes in space. Labels count from 0.
---@param kind "blobs" | "rings" | "moons" | "swiss_roll"
---@param rows integer >= 0
---@param noise number >= 0, scales the deviation; 1 is what the picture is made for
---@param seed integer 0 .. 2^53 - 1
---@return triplet.matrix x rows x 2, of a swiss_roll rows x 3
---@return integer[] labels
function triplet.synthetic(kind, rows, noise, seed) end

--- A cross-batch memory (Wang et al. 2020): past embeddings to take as references.
---@param options triplet.memory_options
---@return triplet.memory
function triplet.memory(options) end

--- Dense layers with PyTorch's initialisation, for a training loop of your own.
---@param options triplet.encoder_options
---@return triplet.encoder
function triplet.encoder(options) end

--- PyTorch's SGD, Adam or AdamW, for a training loop of your own.
---@param options? triplet.optimizer_options
---@return triplet.optimizer
function triplet.optimizer(options) end

--- Data, batches, encoder, loss and optimiser tied together; also the trained model.
---@param options triplet.trainer_options
---@return triplet.trainer
function triplet.trainer(options) end

--- The trainer in a file that `trainer:save` wrote. It embeds at once, and steps after `trainer:attach`.
---@param path string without zeros
---@return triplet.trainer? # nil when the file cannot be read or is no model ("path: not a safetensors file")
---@return string? message
function triplet.load(path) end

--- The same from the bytes of `trainer:tobytes`.
---@param bytes string safetensors
---@return triplet.trainer? # nil when the bytes are no model
---@return string? message
function triplet.from_bytes(bytes) end

--- A file to write that takes its place whole, as `trainer:save` writes: it comes into being beside the place that the
--- path leads to, links followed, and an earlier file there stays as it was until `output:commit`.
---@param path string without zeros
---@return triplet.output? # nil when no file can be written there, or what is there is no regular file
---@return string? message
function triplet.output(path) end

--- A picture of the points while a script runs; the script is the same in both worlds. In the demo's page the points
--- move: call it as often as you like, the page draws what it can. Natively a line on a terminal tells the info once a
--- second, and an SVG file is written for each call into the folder that the environment variable TRIPLET_FRAMES names.
--- More than three columns are shown by their first two principal components.
---@param embeddings triplet.rows N x D
---@param labels integer[] N
---@param info? string | triplet.report a line of text, or a table whose step, loss and active are told
function triplet.show(embeddings, labels, info) end

--- Sets how many threads work, 1 at first; results do not depend on it, to the bit.
---@param threads? integer 1 .. 64; nil: only tell
---@return integer threads
function triplet.threads(threads) end

--- Forces kernels, for measurements; results do not depend on them, to the bit.
---@param name? string one of instruction_sets(); nil: only tell
---@return string name
function triplet.instruction_set(name) end

--- The kernels that this machine can run, from the plainest to the best.
---@return string[]
function triplet.instruction_sets() end

--- The options of a function, in order; without a name, the functions that take options.
---@param name? string "margin_loss", "trainer" ...
---@return triplet.field[] | string[]
function triplet.schema(name) end

-- Objects -------------------------------------------------------------------------------------------------------------

--- Takes the place of `references` in options and of the references of `triplet.nearest`. `#memory` rows are held. Can
--- be closed by `local memory <close>`; afterwards it raises.
---@class triplet.memory
---@operator len: integer
local memory = {}

--- Copies rows in; the oldest go out first. The first push fixes the width.
---@param embeddings triplet.rows N x D
---@param labels integer[] N
function memory:push(embeddings, labels) end

--- Forgets all rows.
function memory:clear() end

---@class triplet.encoder
---@field inputs integer columns it takes
---@field dim integer columns it gives
---@field parameters triplet.matrix 1 x P, live: layer by layer W (out, in) and b (out)
local encoder = {}

--- Embeds rows, and keeps what `backward` needs.
---@param x triplet.rows N x inputs
---@return triplet.matrix # N x dim; do not change it before `backward`
function encoder:forward(x) end

--- From the gradient of the last forward's embeddings to those of the parameters and of x. Raises before any forward.
---@param gradient triplet.rows N x dim
---@return triplet.encoder_gradient
function encoder:backward(gradient) end

---@class triplet.optimizer
---@field steps integer updates done
local optimizer = {}

--- One update in place. The first fixes the number of parameters.
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

--- Can be closed, also by `local trainer <close>`; afterwards every method raises and every field is nil. A method that
--- is running ends first.
---@class triplet.trainer
---@field steps integer steps done
---@field dim integer columns of the embedding
---@field inputs integer columns of the data
---@field columns string[] a copy
---@field classes string[] a copy
---@field parameters triplet.matrix 1 x P, a copy
---@field last_batch integer[] data rows of the last step's batch; none before the first and after one that failed
---@field validation_rows integer[] data rows set aside to judge by
local trainer = {}

--- One batch forward, backward, update. May go on past `steps` and past `stopped`.
---@param report? triplet.report of an earlier step, filled again: such a loop allocates nothing
---@return triplet.report
function trainer:step(report) end

--- Steps until one reports `stopped`. The report that the callback gets is one table, filled again after each step.
--- Errors of the callback pass through. It cannot yield (write the loop with `step` for that); when it closes the
--- trainer and does not stop, the run raises.
---@param callback? fun(report: triplet.report): boolean? called after each step; false stops
---@return triplet.report # of the last step
function trainer:run(callback) end

--- The triplets that the last step selected, as data rows: by the options it had, of the embeddings it saw, by its own
--- draw. None before the first step and after one that failed.
---@return triplet.indices
function trainer:last_triplets() end

--- Puts the weights of the best judgement in place; without one it does nothing.
function trainer:restore_best() end

--- An option's value, as it is now.
---@param key string
---@return any
function trainer:get(key) end

--- Changes an option from the next step on. Raises for what is fixed: layers, seed, activation, normalize, standardize.
---@param key string
---@param value any
function trainer:set(key, value) end

--- Raw rows to embeddings. Without x: of its own data. A free table embeds only its own rows.
---@param x? triplet.rows M x inputs
---@return triplet.matrix # M x dim
function trainer:embed(x) end

--- `triplet.evaluate` of the embedded rows, with the trainer's own distance. Without x and labels: of its own data.
---@param x? triplet.rows M x inputs
---@param labels? integer[] M
---@param options? triplet.evaluate_options its references are raw rows, which are embedded too
---@return triplet.metrics
function trainer:evaluate(x, labels, options) end

--- Gives a loaded trainer its data back, to train on. Raises when it does not fit the model.
---@param data triplet.rows N x inputs
---@param labels integer[] N
function trainer:attach(data, labels) end

--- The model as safetensors: weights, standardisation, names, options, optimiser, generator and step, so that training
--- resumes to the bit.
---@return string bytes
function trainer:tobytes() end

--- Writes the model, as `triplet.output` does: whatever happens, the file is the earlier one or the new one, whole.
---@param path string without zeros
---@return true? # nil when it cannot be written
---@return string? message
function trainer:save(path) end

--- Frees its memory now.
function trainer:close() end

--- Can be closed, also by `local output <close>`; the garbage collector does it too. Afterwards the others raise.
---@class triplet.output
local output = {}

--- Adds bytes. What fails once fails in every later call, so that it is enough to look at what `commit` returns.
---@param bytes string
---@return true? # nil when they could not be written
---@return string? message
function output:write(bytes) end

--- Puts the file in its place when it is whole on the disk, with the mode and the owner of the one that it replaces,
--- and closes the output.
---@return true? # nil when that failed; nothing stays behind
---@return string? message
function output:commit() end

--- Whether `commit` would replace the file of that path, which may be written in another way or lead there by links.
---@param path string without zeros
---@return boolean
function output:replaces(path) end

--- Gives up what was not committed.
function output:close() end

return triplet
