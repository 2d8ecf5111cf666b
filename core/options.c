/* options.c - every option in one table: its name, kind, default, range, choices, what it belongs to, a line of help.
 * Bindings read their users' tables with it, the core checks structures with it, and what people read of options is
 * made from it: the command's flags, Lua's annotations, the types of JavaScript, the page's explanations. */
#include "collective.h"

#include "distances.h"
#include "losses.h"

/* What `begun` says of the structures: unlikely in memory that holds anything else. */
enum {
  OPTIONS_BEGUN = 0x3b7e5a11,
  OPTIMIZER_BEGUN = 0x3b7e5a12,
  TRAINER_BEGUN = 0x3b7e5a13,
  ENCODER_BEGUN = 0x3b7e5a14,
  TABLE_BEGUN = 0x3b7e5a15,
  SAMPLER_BEGUN = 0x3b7e5a16,
};

#define MAX_SEED 9007199254740991.0 /* 2^53 - 1: what a JavaScript number holds exactly */
#define MAX_COUNT 1e9
#define MOST_QUERIES 10000
#define MOST_PAIRS 10000000
#define CURVE_POINTS 500
#define AXES 2 /* of a picture */
#define BELOW_ONE (1 - DBL_EPSILON / 2)

/* Help is for people: a build for a machine alone leaves it out. */
#ifdef TRIPLET_NO_HELP
#define HELP(text) NULL
#else
#define HELP(text) text
#endif

/* A build of losses alone has no option of what it has no function for. */
#ifdef TRIPLET_LOSS_ONLY
#pragma clang diagnostic ignored "-Wunused-const-variable"
#define FIRST_BEYOND_LOSS(name, fields, count)                                                                         \
  { name, NULL, 0 }
#else
#define FIRST_BEYOND_LOSS(name, fields, count)                                                                         \
  { name, fields, count }
#endif

/* `at` is the path from the structure to the options inside it: empty, or "loss.". */
#define NUMBER(type, at, name, initial, low, high, belongs, help)                                                      \
  { #name, TRIPLET_FIELD_NUMBER, offsetof(type, at name), NULL, belongs, HELP(help), initial, low, high }
#define INTEGER(type, at, name, initial, low, high, belongs, help)                                                     \
  { #name, TRIPLET_FIELD_INTEGER, offsetof(type, at name), NULL, belongs, HELP(help), initial, low, high }
#define BOOLEAN(type, at, name, initial, belongs, help)                                                                \
  { #name, TRIPLET_FIELD_BOOLEAN, offsetof(type, at name), NULL, belongs, HELP(help), initial, 0, 1 }
#define CHOICE(type, at, name, initial, choices, belongs, help)                                                        \
  { #name, TRIPLET_FIELD_CHOICE, offsetof(type, at name), choices, belongs, HELP(help), initial, 0, 0 }
/* Read by the binding: the structure's own member is none of the table's business, or only the length beside it. */
#define VALUE(name, belongs, help)                                                                                     \
  { #name, TRIPLET_FIELD_VALUE, 0, NULL, belongs, HELP(help), 0, 0, 0 }
#define LIST(type, name, help)                                                                                         \
  { #name, TRIPLET_FIELD_VALUE, offsetof(type, name), NULL, NULL, HELP(help), 0, 0, 0 }

#define ALWAYS NULL

/* ---- options that several faces share ---------------------------------------------------------------------------- */

/* Of a list that has a row ROW(name, help) for each choice, as losses.h: the choices, and what is said of them. */
#define CHOICE_NAME(name, help) "|" #name
#define CHOICE_HELP(name, help) ". " #name ": " help
#define CHOICES_OF(LIST) &("" LIST(CHOICE_NAME))[1]

#define METRIC(type, at)                                                                                               \
  CHOICE(type, at, distance, TRIPLET_DISTANCE_MINKOWSKI, CHOICES_OF(TRIPLET_DISTANCES), ALWAYS,                        \
         "How far apart two rows are" TRIPLET_DISTANCES(CHOICE_HELP)),                                                 \
      NUMBER(                                                                                                          \
          type, at, p, 2, 1, INFINITY, "distance=minkowski",                                                           \
          "Order of the Minkowski distance: 1 is Manhattan, 2 Euclidean, infinity Chebyshev, the largest difference"), \
      NUMBER(type, at, eps, 1e-6, 0, FLT_MAX, "distance=minkowski,convention=torch|optax",                             \
             "Added to each difference (torch) or inside the root (optax)")
#define NONFINITE(type, at)                                                                                            \
  CHOICE(type, at, nonfinite, TRIPLET_NONFINITE_ERROR, "error|allow", ALWAYS,                                          \
         "NaN and infinity in the input, and distances beyond float32. error: the call fails; allow: they are "        \
         "counted in the result")
#define CONVENTION(type, at, initial, belongs, help)                                                                   \
  CHOICE(type, at, convention, initial, "torch|optax|exact", belongs, help)
#define LOSS_METRIC(type, at, initial_convention, belongs)                                                             \
  CONVENTION(type, at, initial_convention, belongs,                                                                    \
             "The library to agree with. torch: `eps` is added to each difference, and a hinge at 0 is active; "       \
             "optax: `eps` is inside the root, and a hinge at 0 has half its gradient; exact: no `eps`, and a hinge "  \
             "at 0 is inactive"),                                                                                      \
      METRIC(type, at)
#define LOSS_DISTANCE(type, at, initial_convention, belongs)                                                           \
  LOSS_METRIC(type, at, initial_convention, belongs), NONFINITE(type, at)
#define SEARCH_METRIC(type)                                                                                            \
  CONVENTION(type, , TRIPLET_CONVENTION_EXACT, "distance=minkowski",                                                   \
             "The library to agree with. torch: `eps` is added to each difference; optax: `eps` is inside the root; "  \
             "exact: no `eps`"),                                                                                       \
      METRIC(type, )
#define SEARCH_DISTANCE(type) SEARCH_METRIC(type), NONFINITE(type, )

#define HINGE(type, at, initial_margin, belongs)                                                                       \
  NUMBER(type, at, margin, initial_margin, -DBL_MAX, DBL_MAX, belongs,                                                 \
         "How much farther than the positive the negative has to be: the hinge is h = d(a, p) + margin - d(a, n)"),    \
      BOOLEAN(type, at, swap, 0, belongs, "Use min(d(a, n), d(p, n)) in place of d(a, n) (Balntas et al. 2016)"),      \
      BOOLEAN(type, at, soft_margin, 0, belongs,                                                                       \
              "Use softplus(h) in place of max(h, 0), so that no loss is ever quite 0 (Hermans et al. 2017, with "     \
              "margin 0)")
#define REDUCTION(type, at)                                                                                            \
  CHOICE(type, at, reduction, TRIPLET_REDUCTION_MEAN, "mean|sum|none|mean_nonzero|weighted_mean", ALWAYS,              \
         "How the losses are reduced. mean: their sum divided by the number of terms (triplets; pairs or anchors "     \
         "of other losses); sum: their sum; none: one for each triplet, in a batch for each anchor, with the "         \
         "gradient of their sum; mean_nonzero: their sum divided by the number of active terms; weighted_mean: "       \
         "their sum divided by the sum of the weights")

/* A loss of pairs has options of its own, and the triplet loss those of mining and of the hinge. */
#define TRIPLETS "loss=triplet"
#define HINGE_OR_EPS "distance=minkowski/loss=triplet" /* what conventions are about */
#define LOSS(type, at)                                                                                                 \
  CHOICE(                                                                                                              \
      type, at, loss, TRIPLET_LOSS_TRIPLET, CHOICES_OF(TRIPLET_PAIR_LOSSES), ALWAYS,                                   \
      "What is minimised" TRIPLET_PAIR_LOSSES(CHOICE_HELP) ". With the last three `distance` is cosine unless it is "  \
                                                           "given"),                                                   \
      NUMBER(type, at, positive_margin, 0, -DBL_MAX, DBL_MAX, "loss=contrastive",                                      \
             "How near a positive has to be to have no loss"),                                                         \
      NUMBER(type, at, negative_margin, 1, -DBL_MAX, DBL_MAX, "loss=contrastive",                                      \
             "How far a negative has to be to have no loss"),                                                          \
      NUMBER(type, at, temperature, 0.07, FLT_MIN, FLT_MAX, "loss=info_nce|sup_con",                                   \
             "What distances are divided by: the lower, the more the nearest rows count; with sup_con it is 0.1 "      \
             "unless it is given"),                                                                                    \
      NUMBER(type, at, alpha, 2, FLT_MIN, FLT_MAX, "loss=multi_similarity",                                            \
             "How much more the farthest positives count than the others"),                                            \
      NUMBER(type, at, beta, 50, FLT_MIN, FLT_MAX, "loss=multi_similarity",                                            \
             "How much more the nearest negatives count than the others"),                                             \
      NUMBER(type, at, base, 0.5, -DBL_MAX, DBL_MAX, "loss=multi_similarity",                                          \
             "The distance, with cosine and dot the similarity, that positives are drawn and negatives pushed across")
#define IGNORE_LABEL(type, at, help)                                                                                   \
  INTEGER(type, at, ignore_label, (double)TRIPLET_NO_LABEL, INT32_MIN, INT32_MAX, ALWAYS, help)
#define MINING(type, at, belongs, but)                                                                                 \
  CHOICE(type, at, mining, TRIPLET_MINING_ALL, "all|hard|semihard|easy_positive|distance_weighted|random", belongs,    \
         "Which triplets of a batch are used. all: every one; hard: for each anchor the farthest positive and the "    \
         "nearest negative; semihard: for each (a, p) the nearest negative farther than the positive; easy_positive: " \
         "for each anchor the nearest positive and its semihard negative; distance_weighted, random: for each (a, p) " \
         "a negative that is drawn, weighted by its distance or not"),                                                 \
      CHOICE(type, at, positives, TRIPLET_POSITIVES_OF_MINING, "mining|all|hard|easy", but "mining=all",               \
             "Which positives of an anchor are used, where that is to be chosen apart from the negatives. mining: as " \
             "`mining` says; all: every one; hard: the farthest; easy: the nearest"),                                  \
      CHOICE(                                                                                                          \
          type, at, negatives, TRIPLET_NEGATIVES_OF_MINING, "mining|all|hard|semihard|random|distance_weighted",       \
          but "mining=all",                                                                                            \
          "Which negatives go with each positive, where that is to be chosen apart. mining: as `mining` says; all: "   \
          "every one; hard: the anchor's nearest; semihard: the nearest farther than the positive; random, "           \
          "distance_weighted: one that is drawn"),                                                                     \
      CHOICE(type, at, fallback, TRIPLET_FALLBACK_SKIP, "skip|farthest",                                               \
             but "mining=semihard|easy_positive/negatives=semihard",                                                   \
             "What to do where no negative is farther than the positive. skip: no triplet; farthest: take the "        \
             "farthest negative"),                                                                                     \
      NUMBER(type, at, cutoff, 0.5, FLT_MIN, FLT_MAX, but WEIGHTED,                                                    \
             "Negatives nearer than this, of rows of length 1, are as likely as those at it"),                         \
      NUMBER(type, at, far_cutoff, 1.4, FLT_MIN, FLT_MAX, but WEIGHTED,                                                \
             "Negatives as far as this or farther, of rows of length 1, are not drawn"),                               \
      IGNORE_LABEL(type, at,                                                                                           \
                   "Rows with this label, even among others, are neither anchors nor positives nor negatives")
#define SEED(type, initial, belongs, help) INTEGER(type, , seed, initial, 0, MAX_SEED, belongs, help)
#define WEIGHTED "mining=distance_weighted/negatives=distance_weighted"
#define DRAWN "mining=distance_weighted|random/negatives=distance_weighted|random"
#define DRAWN_SEED(type, but) SEED(type, 0, but DRAWN, "Seed of the negatives that are drawn")

#define MARGINS(rows, belongs) VALUE(margins, belongs, "One margin per " rows ", in place of `margin`")
#define WEIGHTS(rows) VALUE(weights, ALWAYS, "Weights of the losses, one per " rows)
#define OUTPUTS                                                                                                        \
  VALUE(grad_output, ALWAYS, "Factor of the gradient: one number, or with reduction none one per loss"),               \
      VALUE(gradients, ALWAYS, "Whether gradients are wanted"),                                                        \
      VALUE(out, ALWAYS, "An earlier result, whose matrices are overwritten: a loop then allocates no new ones")
#define REFERENCE_SELF(belongs)                                                                                        \
  VALUE(reference_self, belongs, "For each query, the reference that is the query itself and is left out")
#define REFERENCES(help)                                                                                               \
  VALUE(references, ALWAYS, help ", or a memory, which brings its own labels"),                                        \
      VALUE(reference_labels, "references", "Labels of the references; none beside relations"),                        \
      REFERENCE_SELF("references")
#define MINED_REFERENCES REFERENCES("Rows that positives and negatives are taken from, instead of the batch itself")
#define PROGRESS                                                                                                       \
  VALUE(progress, ALWAYS,                                                                                              \
        "Called with the share of the work that is done, 0 .. 1; if it returns false, the call is cancelled")
#define RECALL_RANKS VALUE(k, ALWAYS, "Ranks at which to give recall, each at least 1")

#define EXCLUDE                                                                                                        \
  VALUE(exclude, ALWAYS, "For each query, a list of references to leave out, such as what a user has seen")
#define FAR VALUE(far, ALWAYS, "False acceptance rates, each in [0, 1], to give the true acceptance rate at")
#define JUDGED                                                                                                         \
  NUMBER(triplet_options, , threshold, INFINITY, -DBL_MAX, DBL_MAX, ALWAYS,                                            \
         "Also judge this threshold, the largest distance of a pair that counts as the same; inf: none")
#define CURVE                                                                                                          \
  INTEGER(triplet_options, , curve, CURVE_POINTS, 2, 1000000, ALWAYS, "At most this many points of the ROC curve")

/* Of batches. */
#define SAMPLER(type)                                                                                                  \
  CHOICE(type, , sampler, TRIPLET_SAMPLER_BALANCED, "balanced|epoch", ALWAYS,                                          \
         "How batches are drawn; none holds a row twice. balanced: classes with two or more rows are equally likely, " \
         "and all rows of a class are used before one is used again; epoch: every row is used once before any is "     \
         "used again"),                                                                                                \
      INTEGER(type, , classes_per_batch, 8, 2, MAX_COUNT, ALWAYS,                                                      \
              "Classes in a batch; places that they leave free go to classes with a single row, as negatives"),        \
      INTEGER(type, , rows_per_class, 8, 2, MAX_COUNT, ALWAYS,                                                         \
              "At most this many rows of a class in a batch; a smaller class gives all of its rows")

#define NETWORK(type)                                                                                                  \
  CHOICE(type, , activation, TRIPLET_ACTIVATION_RELU, "relu|tanh|none", "layers>1",                                    \
         "Activation after every layer but the last"),                                                                 \
      BOOLEAN(type, , normalize, 0, ALWAYS, "Scale every embedding to length 1"),                                      \
      BOOLEAN(type, , residual, 0, "layers>0",                                                                         \
              "Add what the layers give to the row itself, so that the encoder is the identity at first: an adapter. " \
              "The last width is that of the data. Rows that a trainer is not to standardise begin as they are")

/* ---- the options of each face ------------------------------------------------------------------------------------ */

static const triplet_field margin_loss_fields[] = {
    HINGE(triplet_options, , 1, ALWAYS),
    REDUCTION(triplet_options, ),
    LOSS_DISTANCE(triplet_options, , TRIPLET_CONVENTION_TORCH, ALWAYS),
    WEIGHTS("triplet"),
    MARGINS("triplet", ALWAYS),
    OUTPUTS,
};

/* How far a loss reaches and what pairs weigh in it take the first of these. */
enum { OF_REACH = 14, OF_PAIR_SLOPES = 29 };

static const triplet_field batch_loss_fields[] = {
    LOSS(triplet_options, ),
    HINGE(triplet_options, , 0.2, TRIPLETS),
    LOSS_METRIC(triplet_options, , TRIPLET_CONVENTION_EXACT, HINGE_OR_EPS),
    /* OF_REACH */
    NONFINITE(triplet_options, ),
    MINING(triplet_options, , TRIPLETS, TRIPLETS ","),
    DRAWN_SEED(triplet_options, TRIPLETS ","),
    WEIGHTS("anchor"),
    MARGINS("anchor", TRIPLETS),
    MINED_REFERENCES,
    PROGRESS,
    /* OF_PAIR_SLOPES */
    REDUCTION(triplet_options, ),
    OUTPUTS,
    VALUE(reference_gradient, "references", "Whether the gradient of the references is wanted as well"),
};

/* Every triplet of a kind is listed, and none selected. */
#define NOT_VIOLATING "violating=none,"

static const triplet_field mine_fields[] = {
    MINING(triplet_options, , ALWAYS, NOT_VIOLATING),
    DRAWN_SEED(triplet_options, NOT_VIOLATING),
    CHOICE(
        triplet_options, , violating, TRIPLET_VIOLATING_NONE, "none|all|hard|semihard|easy", "mining=all",
        "List all triplets of a kind instead of those that `mining` selects. all: within the margin; hard: of these, "
        "those whose negative is no farther than the positive; semihard: of these, the others; easy: beyond the "
        "margin"),
    NUMBER(
        triplet_options, , margin, 0.2, -DBL_MAX, DBL_MAX, ALWAYS,
        "How much farther than the positive a negative has to be for its triplet to count as easy in the statistics"),
    LOSS_DISTANCE(triplet_options, , TRIPLET_CONVENTION_EXACT, ALWAYS),
    MARGINS("anchor", ALWAYS),
    MINED_REFERENCES,
    PROGRESS,
};

static const triplet_field distances_fields[] = {
    SEARCH_DISTANCE(triplet_options),
    VALUE(out, ALWAYS, "A matrix of the result's shape to write into"),
    PROGRESS,
};

static const triplet_field ring_fields[] = {
    SEARCH_METRIC(triplet_options),
    BOOLEAN(triplet_options, , sphere, 0, ALWAYS,
            "Stay on the sphere around the origin on which the center lies: directions are those of great circles"),
};

static const triplet_field principal_axes_fields[] = {
    INTEGER(triplet_options, , count, AXES, 1, MAX_COUNT, ALWAYS,
            "How many axes to find; there are no more than columns"),
};

static const triplet_field nearest_fields[] = {
    SEARCH_DISTANCE(triplet_options),
    VALUE(k, ALWAYS, "How many references to find for each query"),
    REFERENCE_SELF(ALWAYS),
    EXCLUDE,
    PROGRESS,
};

static const triplet_field index_fields[] = {SEARCH_DISTANCE(triplet_options)};

static const triplet_field index_nearest_fields[] = {
    VALUE(k, ALWAYS, "How many references to find for each query"),
    REFERENCE_SELF(ALWAYS),
    EXCLUDE,
    PROGRESS,
};

static const triplet_field classify_fields[] = {
    SEARCH_DISTANCE(triplet_options),
    INTEGER(triplet_options, , k, TRIPLET_NEIGHBORS, 1, MAX_COUNT, ALWAYS, "How many nearest references vote"),
    NUMBER(triplet_options, , threshold, INFINITY, -DBL_MAX, DBL_MAX, ALWAYS,
           "References farther than this have no vote, and a query without a vote is of no known class; inf: all vote"),
    REFERENCE_SELF(ALWAYS),
    EXCLUDE,
    PROGRESS,
};

static const triplet_field verify_fields[] = {
    SEARCH_DISTANCE(triplet_options),
    IGNORE_LABEL(triplet_options, , "Rows with this label are left out"),
    FAR,
    JUDGED,
    SEED(triplet_options, 0, ALWAYS, "Seed of the sample that is drawn if there are more than `most_pairs`"),
    INTEGER(triplet_options, , most_pairs, MOST_PAIRS, 1, MAX_COUNT, ALWAYS,
            "At most this many pairs of the rarer kind, the same or different, are used; of more, a sample is drawn by "
            "`seed`"),
    CURVE,
    REFERENCES("Rows to pair the queries with, instead of the other queries"),
    PROGRESS,
};

static const triplet_field verify_pairs_fields[] = {
    SEARCH_DISTANCE(triplet_options), FAR, JUDGED, CURVE, PROGRESS,
};

static const triplet_field evaluate_fields[] = {
    SEARCH_DISTANCE(triplet_options),
    IGNORE_LABEL(triplet_options, , "Rows with this label are left out"),
    RECALL_RANKS,
    REFERENCES("Rows to compare the queries with, instead of the other queries"),
    PROGRESS,
};

static const triplet_field evaluate_held_out_fields[] = {
    SEARCH_DISTANCE(triplet_options),
    IGNORE_LABEL(triplet_options, , "Rows with this label are left out"),
    SEED(triplet_options, 0, ALWAYS, "Seed of the sample that is drawn if there are more than `most_queries`"),
    INTEGER(triplet_options, , most_queries, MOST_QUERIES, 1, MAX_COUNT, ALWAYS,
            "At most this many held-out rows are queries; of more, a sample is drawn by `seed`"),
    RECALL_RANKS,
    PROGRESS,
};

static const triplet_field evaluate_neighbors_fields[] = {
    IGNORE_LABEL(triplet_options, , "Rows with this label are left out"),
    RECALL_RANKS,
    VALUE(reference_labels, ALWAYS, "Labels of the references, where they are not the queries"),
    REFERENCE_SELF(ALWAYS),
};

static const triplet_field optimizer_fields[] = {
    CHOICE(triplet_optimizer, , name, TRIPLET_OPTIMIZER_ADAM, "sgd|adam|adamw", ALWAYS,
           "Update rule, by PyTorch's formulas"),
    NUMBER(triplet_optimizer, , learning_rate, 0.001, 0, FLT_MAX, ALWAYS, "Size of a step"),
    NUMBER(triplet_optimizer, , momentum, 0, 0, BELOW_ONE, "name=sgd",
           "How much of the previous steps each step repeats"),
    BOOLEAN(triplet_optimizer, , nesterov, 0, "name=sgd",
            "Nesterov's momentum, which looks one step ahead; needs `momentum`"),
    NUMBER(triplet_optimizer, , b1, 0.9, 0, BELOW_ONE, "name=adam|adamw", "Decay of the running mean of gradients"),
    NUMBER(triplet_optimizer, , b2, 0.999, 0, BELOW_ONE, "name=adam|adamw",
           "Decay of the running mean of squared gradients"),
    NUMBER(triplet_optimizer, , eps, 1e-8, 0, FLT_MAX, "name=adam|adamw",
           "Added to the root of the mean of squared gradients"),
    NUMBER(triplet_optimizer, , weight_decay, 0, 0, FLT_MAX, ALWAYS,
           "Decay of the weights towards 0; with adamw it is 0.01 unless it is given"),
};

/* Mining, margin, steps and learning rate did best together by validation inside the training rows of Iris and digits:
 * tests/evaluation. */
static const triplet_field trainer_fields[] = {
    LOSS(triplet_trainer_options, loss.),
    MINING(triplet_trainer_options, loss., TRIPLETS, TRIPLETS ","),
    HINGE(triplet_trainer_options, loss., 1, TRIPLETS),
    REDUCTION(triplet_trainer_options, loss.),
    LOSS_DISTANCE(triplet_trainer_options, loss., TRIPLET_CONVENTION_EXACT, HINGE_OR_EPS),
    NETWORK(triplet_trainer_options),
    CHOICE(triplet_trainer_options, , adapt, TRIPLET_ADAPT_BOTH, "both|queries", "references",
           "What goes through the encoder. both: queries and references; queries: these alone, which learn to find the "
           "references as they are"),
    INTEGER(triplet_trainer_options, , dim, 2, 1, INT32_MAX, "layers=0", "Width of a free embedding table"),
    BOOLEAN(triplet_trainer_options, , standardize, 1, "layers>0",
            "Bring each column to mean 0 and deviation 1, measured on the training rows and kept in the model"),
    SEED(triplet_trainer_options, 1, ALWAYS, "Seed of everything random: initial weights, batches, triplets"),
    SAMPLER(triplet_trainer_options),
    INTEGER(triplet_trainer_options, , steps, 1000, 0, MAX_SEED, ALWAYS,
            "Number of steps that a run takes and the schedule spans"),
    CHOICE(triplet_trainer_options, , schedule, TRIPLET_SCHEDULE_CONSTANT, "constant|cosine|linear", ALWAYS,
           "Learning rate over the steps: constant, or falling to 0 along a cosine or a line"),
    INTEGER(triplet_trainer_options, , warmup, 0, 0, MAX_SEED, ALWAYS,
            "Number of steps in which the learning rate rises linearly from 0"),
    NUMBER(triplet_trainer_options, , validation, 0, 0, 1, ALWAYS,
           "Share of each class's rows set aside for validation while training"),
    INTEGER(triplet_trainer_options, , evaluate_every, 50, 1, MAX_SEED, "validation>0",
            "Steps from one validation to the next, by MAP@R of the rows set aside"),
    INTEGER(triplet_trainer_options, , patience, 0, 0, MAX_SEED, "validation>0",
            "Number of validations without improvement after which training stops; 0: never"),
    VALUE(optimizer, ALWAYS, "An optimizer, or the options of one"),
    LIST(triplet_trainer_options, layers,
         "Output width of each dense layer, at most 16, the last being the embedding's; none: a free embedding "
         "table with a row of `dim` numbers for each row of data"),
    VALUE(data, ALWAYS, "Rows to train on, which are copied"),
    VALUE(labels, ALWAYS, "Labels of the rows; a row without any is not trained on"),
    VALUE(
        references, ALWAYS,
        "Rows of which each belongs to the same row of the data, which are its queries: pairs to train on, which need "
        "no labels"),
    VALUE(columns, ALWAYS, "Names of the data's columns, which are saved with the model"),
    VALUE(classes, ALWAYS, "Names of the labels, which are saved with the model; texts among the labels are added"),
    VALUE(recipe, ALWAYS, "The recipe that the data were made by, fitted, which is saved with the model"),
};

static const triplet_field encoder_fields[] = {
    NETWORK(triplet_encoder),
    VALUE(inputs, ALWAYS, "Columns of the data"),
    LIST(triplet_encoder, layers, "Output width of each dense layer, at most 16, the last being the embedding's"),
    VALUE(seed, ALWAYS, "Seed of the initial weights"),
};

static const triplet_field memory_fields[] = {
    VALUE(capacity, ALWAYS, "At most this many rows are kept"),
};

static const triplet_field sampler_fields[] = {
    VALUE(labels, ALWAYS, "Labels of the rows; a row without any is in no batch"),
    SAMPLER(triplet_sampler_options),
    SEED(triplet_sampler_options, 1, ALWAYS, "Seed of the batches"),
};

static const triplet_field decode_matrix_fields[] = {
    VALUE(format, ALWAYS, "Format of the bytes; auto: told by them"),
    VALUE(tensor, ALWAYS, "Name of the tensor to read of safetensors; none: the only one that has two dimensions"),
};

static const triplet_field table_fields[] = {
    VALUE(label, ALWAYS, "Column with the class of each row: its name, else its number from 1, first or last"),
    VALUE(keep, ALWAYS, "Columns to learn from although they would be left out"),
    VALUE(ignore, ALWAYS, "Columns to leave out"),
    VALUE(categories, ALWAYS, "Columns to take as categories: of numbers, or of more than 32 texts"),
    CHOICE(triplet_table_options, , missing, TRIPLET_MISSING_MEAN, "mean|drop|error", ALWAYS,
           "What becomes of missing cells. mean: a number is the mean of its column, a category none of its values; "
           "drop: the row is left out; error: the table is refused"),
    VALUE(missing_texts, ALWAYS, "Cells that are missing beside empty ones, NA, N/A, NaN, null, ? and -"),
    BOOLEAN(triplet_table_options, , standardize, 1, ALWAYS, "Bring numbers to mean 0 and deviation 1"),
#if TRIPLET_HAS_RANKS
    BOOLEAN(triplet_table_options, , shard, 0, ALWAYS,
            "Of many ranks each keeps some of the rows: memory falls with their number, time does not"),
#endif
    CHOICE(triplet_table_options, , separator, TRIPLET_SEPARATOR_AUTO, "auto|comma|semicolon|tab|pipe|blanks", ALWAYS,
           "What stands between cells. auto: what the first line has most of; blanks: any number of spaces and tabs"),
    CHOICE(triplet_table_options, , header, TRIPLET_HEADER_AUTO, "auto|true|false", ALWAYS,
           "Whether the first row names the columns. auto: told by its cells"),
    CHOICE(triplet_table_options, , encoding, TRIPLET_ENCODING_UTF8, "utf8|latin1", ALWAYS, "Encoding of the text"),
    VALUE(comment, ALWAYS, "Lines that begin with this text are passed over"),
    VALUE(recipe, ALWAYS, "The recipe that the table is read for"),
    PROGRESS,
};

#define SCHEMA(name, fields)                                                                                           \
  { name, fields, sizeof fields / sizeof *fields }
#define BEYOND_LOSS(name, fields) FIRST_BEYOND_LOSS(name, fields, sizeof fields / sizeof *fields)

static const triplet_schema schemas[TRIPLET_SCHEMA_COUNT] = {
    [TRIPLET_SCHEMA_MARGIN_LOSS] = SCHEMA("margin_loss", margin_loss_fields),
    [TRIPLET_SCHEMA_INDEXED_LOSS] = SCHEMA("indexed_loss", margin_loss_fields),
    [TRIPLET_SCHEMA_BATCH_LOSS] = SCHEMA("batch_loss", batch_loss_fields),
    [TRIPLET_SCHEMA_MINE] = SCHEMA("mine", mine_fields),
    [TRIPLET_SCHEMA_DISTANCES] = SCHEMA("distances", distances_fields),
    [TRIPLET_SCHEMA_NEAREST] = SCHEMA("nearest", nearest_fields),
    [TRIPLET_SCHEMA_EVALUATE] = BEYOND_LOSS("evaluate", evaluate_fields),
    [TRIPLET_SCHEMA_EVALUATE_HELD_OUT] = BEYOND_LOSS("evaluate_held_out", evaluate_held_out_fields),
    [TRIPLET_SCHEMA_EVALUATE_NEIGHBORS] = BEYOND_LOSS("evaluate_neighbors", evaluate_neighbors_fields),
    [TRIPLET_SCHEMA_OPTIMIZER] = BEYOND_LOSS("optimizer", optimizer_fields),
    [TRIPLET_SCHEMA_TRAINER] = BEYOND_LOSS("trainer", trainer_fields),
    [TRIPLET_SCHEMA_ENCODER] = BEYOND_LOSS("encoder", encoder_fields),
    [TRIPLET_SCHEMA_MEMORY] = SCHEMA("memory", memory_fields),
    [TRIPLET_SCHEMA_TABLE] = BEYOND_LOSS("table", table_fields),
    [TRIPLET_SCHEMA_CLASSIFY] = BEYOND_LOSS("classify", classify_fields),
    [TRIPLET_SCHEMA_VERIFY] = SCHEMA("verify", verify_fields),
    [TRIPLET_SCHEMA_VERIFY_PAIRS] = SCHEMA("verify_pairs", verify_pairs_fields),
    [TRIPLET_SCHEMA_SAMPLER] = BEYOND_LOSS("sampler", sampler_fields),
    [TRIPLET_SCHEMA_DECODE_MATRIX] = BEYOND_LOSS("decode_matrix", decode_matrix_fields),
    [TRIPLET_SCHEMA_PAIR_SLOPES] = FIRST_BEYOND_LOSS("pair_slopes", batch_loss_fields, OF_PAIR_SLOPES),
    [TRIPLET_SCHEMA_REACH] = FIRST_BEYOND_LOSS("reach", batch_loss_fields, OF_REACH),
    [TRIPLET_SCHEMA_RING] = BEYOND_LOSS("ring", ring_fields),
    [TRIPLET_SCHEMA_PRINCIPAL_AXES] = BEYOND_LOSS("principal_axes", principal_axes_fields),
    [TRIPLET_SCHEMA_INDEX] = BEYOND_LOSS("index", index_fields),
    [TRIPLET_SCHEMA_INDEX_NEAREST] = BEYOND_LOSS("index_nearest", index_nearest_fields),
};

const triplet_schema *triplet_schema_get(triplet_schema_id id) {
  return &schemas[id];
}

/* Puts text behind what the buffer holds, cut where that is full. */
static void append(char *buffer, size_t size, const char *text, size_t length) {
  const size_t used = strlen(buffer), room = size - 1 - used;
  const size_t taken = length < room ? length : room;
  memcpy(buffer + used, text, taken);
  buffer[used + taken] = 0;
}

/* "name, name, name" */
static void list_names(const triplet_schema *schema, char *buffer, size_t size) {
  *buffer = 0;
  for (size_t i = 0; i < schema->count; i++) {
    append(buffer, size, ", ", i ? 2 : 0);
    append(buffer, size, schema->fields[i].name, strlen(schema->fields[i].name));
  }
}

static const triplet_field *find_field(const triplet_schema *schema, const char *name, size_t length) {
  for (size_t i = 0; i < schema->count; i++)
    if (strlen(schema->fields[i].name) == length && memcmp(schema->fields[i].name, name, length) == 0)
      return &schema->fields[i];
  return NULL;
}

enum { LONGEST_NAME = 32 };

/* The letters of a name, without what two spellings of it differ in: soft_margin, softMargin. Returns how many. */
static size_t letters_of(const char *name, char *letters) {
  size_t count = 0;
  for (; *name && count < LONGEST_NAME; name++)
    if (*name != '_' && *name != '-')
      letters[count++] = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
  return count;
}

/* How many letters to change, put in or leave out make one name of the other (Levenshtein 1966). */
static size_t edits_between(const char *name, const char *other) {
  char from[LONGEST_NAME], to[LONGEST_NAME];
  const size_t rows = letters_of(name, from), cols = letters_of(other, to);
  size_t edits[LONGEST_NAME + 1]; /* of what is done of `from`, to the first j of `to` */
  for (size_t j = 0; j <= cols; j++)
    edits[j] = j;

  for (size_t i = 0; i < rows; i++) {
    size_t before = edits[0]++;
    for (size_t j = 0; j < cols; j++) {
      const size_t changed = before + (from[i] != to[j]);
      before = edits[j + 1];
      const size_t fewer = 1 + (edits[j] < before ? edits[j] : before);
      edits[j + 1] = fewer < changed ? fewer : changed;
    }
  }
  return edits[cols];
}

/* The option that an unknown name is nearest to, with at most one letter in three wrong; NULL: none is so near. */
static const triplet_field *find_meant(const triplet_schema *schema, const char *name) {
  const triplet_field *meant = NULL;
  char letters[LONGEST_NAME];
  size_t fewest = letters_of(name, letters) / 3 + 1;
  for (size_t i = 0; i < schema->count; i++) {
    const size_t edits = edits_between(name, schema->fields[i].name);
    if (edits < fewest) {
      fewest = edits;
      meant = &schema->fields[i];
    }
  }
  return meant;
}

const triplet_field *triplet_schema_field(triplet_context *context, triplet_schema_id id, const char *name) {
  const triplet_field *field = find_field(&schemas[id], name, strlen(name));
  if (field)
    return field;
  char known[560];
  list_names(&schemas[id], known, sizeof known);
  const triplet_field *meant = find_meant(&schemas[id], name);
  if (meant)
    triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "options", "unknown option \"%n\"; did you mean %s? Known are %s",
                 name, meant->name, known);
  else
    triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "options", "unknown option \"%n\"; known are %s", name, known);
  return NULL;
}

const char *triplet_field_kind_name(triplet_field_kind kind) {
  static const char *const names[] = {"number", "integer", "boolean", "choice", "value"};
  return names[kind];
}

/* Enums are stored as int by every compiler this library knows. */
_Static_assert(sizeof(triplet_mining) == sizeof(int) && sizeof(triplet_schedule) == sizeof(int), "enums are ints");

double triplet_schema_get_number(const triplet_field *field, const void *structure) {
  const char *place = (const char *)structure + field->offset;
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    return *(const double *)(const void *)place;
  case TRIPLET_FIELD_INTEGER:
    return (double)*(const int64_t *)(const void *)place;
  case TRIPLET_FIELD_BOOLEAN:
    return *(const bool *)(const void *)place;
  case TRIPLET_FIELD_CHOICE:
    return *(const int *)(const void *)place;
  case TRIPLET_FIELD_VALUE:
    return field->offset ? (double)*(const size_t *)(const void *)place : 0;
  }
  return 0;
}

static void write_field(const triplet_field *field, void *structure, double value) {
  char *place = (char *)structure + field->offset;
  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    *(double *)(void *)place = value;
    break;
  case TRIPLET_FIELD_INTEGER:
    *(int64_t *)(void *)place = (int64_t)value;
    break;
  case TRIPLET_FIELD_BOOLEAN:
    *(bool *)(void *)place = value != 0;
    break;
  case TRIPLET_FIELD_CHOICE:
    *(int *)(void *)place = (int)value;
    break;
  case TRIPLET_FIELD_VALUE:
    break;
  }
}

static void set_defaults(const triplet_schema *schema, void *structure) {
  for (size_t i = 0; i < schema->count; i++)
    write_field(&schema->fields[i], structure, schema->fields[i].initial);
}

triplet_options triplet_batch_options(void) {
  triplet_options options = {.begun = OPTIONS_BEGUN,
                             .violating = TRIPLET_VIOLATING_NONE,
                             .most_queries = MOST_QUERIES,
                             .k = TRIPLET_NEIGHBORS,
                             .threshold = INFINITY,
                             .most_pairs = MOST_PAIRS,
                             .curve = CURVE_POINTS,
                             .count = AXES};
  set_defaults(&schemas[TRIPLET_SCHEMA_BATCH_LOSS], &options);
  return options;
}

triplet_options triplet_margin_options(void) {
  triplet_options options = triplet_batch_options();
  set_defaults(&schemas[TRIPLET_SCHEMA_MARGIN_LOSS], &options);
  return options;
}

triplet_optimizer triplet_optimizer_options(void) {
  triplet_optimizer optimizer = {.begun = OPTIMIZER_BEGUN};
  set_defaults(&schemas[TRIPLET_SCHEMA_OPTIMIZER], &optimizer);
  return optimizer;
}

triplet_encoder triplet_encoder_options(void) {
  triplet_encoder encoder = {.begun = ENCODER_BEGUN};
  set_defaults(&schemas[TRIPLET_SCHEMA_ENCODER], &encoder);
  return encoder;
}

triplet_trainer_options triplet_trainer_default_options(void) {
  triplet_trainer_options options = {
      .begun = TRAINER_BEGUN, .loss = triplet_batch_options(), .optimizer = triplet_optimizer_options()};
  set_defaults(&schemas[TRIPLET_SCHEMA_TRAINER], &options);
  return options;
}

triplet_table_options triplet_table_default_options(void) {
  triplet_table_options options = {.begun = TABLE_BEGUN};
  set_defaults(&schemas[TRIPLET_SCHEMA_TABLE], &options);
  return options;
}

triplet_sampler_options triplet_sampler_default_options(void) {
  triplet_sampler_options options = {.begun = SAMPLER_BEGUN};
  set_defaults(&schemas[TRIPLET_SCHEMA_SAMPLER], &options);
  return options;
}

void triplet_schema_defaults(triplet_schema_id id, void *structure) {
  switch (id) {
  case TRIPLET_SCHEMA_MARGIN_LOSS:
  case TRIPLET_SCHEMA_INDEXED_LOSS:
    *(triplet_options *)structure = triplet_margin_options();
    break;
  case TRIPLET_SCHEMA_OPTIMIZER:
    *(triplet_optimizer *)structure = triplet_optimizer_options();
    break;
  case TRIPLET_SCHEMA_TRAINER:
    *(triplet_trainer_options *)structure = triplet_trainer_default_options();
    break;
  case TRIPLET_SCHEMA_ENCODER:
    *(triplet_encoder *)structure = triplet_encoder_options();
    break;
  case TRIPLET_SCHEMA_TABLE:
    *(triplet_table_options *)structure = triplet_table_default_options();
    break;
  case TRIPLET_SCHEMA_SAMPLER:
    *(triplet_sampler_options *)structure = triplet_sampler_default_options();
    break;
  case TRIPLET_SCHEMA_MEMORY:
  case TRIPLET_SCHEMA_DECODE_MATRIX:
    break;
  default:
    *(triplet_options *)structure = triplet_batch_options();
  }
}

/* ---- defaults that a choice brings ------------------------------------------------------------------------------- */

static triplet_distance distance_of(triplet_loss loss) {
  const bool by_angle =
      loss == TRIPLET_LOSS_INFO_NCE || loss == TRIPLET_LOSS_SUP_CON || loss == TRIPLET_LOSS_MULTI_SIMILARITY;
  return by_angle ? TRIPLET_DISTANCE_COSINE : TRIPLET_DISTANCE_MINKOWSKI;
}

static double temperature_of(triplet_loss loss) {
  return loss == TRIPLET_LOSS_SUP_CON ? 0.1 : 0.07;
}

/* PyTorch's AdamW decays. */
static double weight_decay_of(triplet_optimizer_name name) {
  return name == TRIPLET_OPTIMIZER_ADAMW ? 0.01 : 0;
}

void triplet_options_set_loss(triplet_options *options, triplet_loss loss) {
  options->loss = loss;
  options->distance = distance_of(loss);
  options->temperature = temperature_of(loss);
}

/* What the former choice brought gives way to what the next one brings; anything else was given, and stays. */
static void bring_defaults(triplet_schema_id id, void *structure, const triplet_field *field, int choice) {
  if (id == TRIPLET_SCHEMA_OPTIMIZER) {
    triplet_optimizer *optimizer = structure;
    if (optimizer->weight_decay == weight_decay_of(optimizer->name))
      optimizer->weight_decay = weight_decay_of((triplet_optimizer_name)choice);
  } else if (strcmp(field->name, "loss") == 0) {
    triplet_options *options = id == TRIPLET_SCHEMA_TRAINER ? &((triplet_trainer_options *)structure)->loss : structure;
    if (options->distance == distance_of(options->loss))
      options->distance = distance_of((triplet_loss)choice);
    if (options->temperature == temperature_of(options->loss))
      options->temperature = temperature_of((triplet_loss)choice);
  }
}

/* ---- choices --------------------------------------------------------------------------------------------------- */

size_t triplet_choice_count(const char *choices) {
  size_t count = 1;
  for (; *choices; choices++)
    count += *choices == '|';
  return count;
}

void triplet_choice_name(const char *choices, size_t index, char name[TRIPLET_CHOICE_SIZE]) {
  for (; index; choices++)
    index -= *choices == '|';
  const char *bar = strchr(choices, '|');
  const size_t length = bar ? (size_t)(bar - choices) : strlen(choices);
  memcpy(name, choices, length);
  name[length] = 0;
}

/* The index of a name among choices that end there, or -1. */
static int find_choice(const char *choices, const char *end, const char *name) {
  const size_t length = strlen(name);
  int index = 0;
  for (const char *choice = choices; choice < end; index++) {
    const char *bar = choice;
    while (bar < end && *bar != '|')
      bar++;
    if ((size_t)(bar - choice) == length && memcmp(choice, name, length) == 0)
      return index;
    choice = bar + 1;
  }
  return -1;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

triplet_status triplet_check_mark(triplet_context *context, const char *argument, const uint32_t *begun, uint32_t mark,
                                  const char *functions) {
  if (begun && *begun == mark)
    return TRIPLET_OK;
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected a structure begun by %s, got %s",
                      functions, begun ? "one that was not" : "NULL");
}

static triplet_status check_loss_mark(triplet_context *context, const char *argument, const uint32_t *begun) {
  return triplet_check_mark(context, argument, begun, OPTIONS_BEGUN,
                            "triplet_margin_options() or triplet_batch_options()");
}

static triplet_status check_optimizer_mark(triplet_context *context, const uint32_t *begun) {
  return triplet_check_mark(context, "optimizer", begun, OPTIMIZER_BEGUN, "triplet_optimizer_options()");
}

triplet_status triplet_check_begun(triplet_context *context, triplet_schema_id id, const void *structure) {
  const triplet_trainer_options *trainer = structure;
  switch (id) {
  case TRIPLET_SCHEMA_OPTIMIZER:
    return check_optimizer_mark(context, structure);
  case TRIPLET_SCHEMA_TRAINER:
    TRIPLET_TRY(triplet_check_mark(context, "options", structure, TRAINER_BEGUN, "triplet_trainer_default_options()"));
    TRIPLET_TRY(check_loss_mark(context, "loss", &trainer->loss.begun));
    return check_optimizer_mark(context, &trainer->optimizer.begun);
  case TRIPLET_SCHEMA_ENCODER:
    return triplet_check_mark(context, "encoder", structure, ENCODER_BEGUN, "triplet_encoder_options()");
  case TRIPLET_SCHEMA_TABLE:
    return triplet_check_mark(context, "options", structure, TABLE_BEGUN, "triplet_table_default_options()");
  case TRIPLET_SCHEMA_SAMPLER:
    return triplet_check_mark(context, "options", structure, SAMPLER_BEGUN, "triplet_sampler_default_options()");
  case TRIPLET_SCHEMA_MEMORY:
  case TRIPLET_SCHEMA_DECODE_MATRIX:
    return TRIPLET_OK;
  default:
    return check_loss_mark(context, "options", structure);
  }
}

static triplet_status check_value(triplet_context *context, const triplet_field *field, double value) {
  const char *name = field->name;
  if (value == field->initial) /* even where it lies outside: TRIPLET_NO_LABEL */
    return TRIPLET_OK;

  switch (field->kind) {
  case TRIPLET_FIELD_NUMBER:
    if (value >= field->minimum && value <= field->maximum)
      break;
    if (field->minimum == -DBL_MAX)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a finite number, got %g", value);
    if (field->minimum == FLT_MIN)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a finite number > 0, got %g", value);
    if (field->maximum == FLT_MAX)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a finite number >= 0, got %g", value);
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a number in [%g, %g%s, got %g",
                        field->minimum, field->maximum, field->maximum == BELOW_ONE ? ")" : "]", value);

  case TRIPLET_FIELD_INTEGER:
    if (value >= field->minimum && value <= field->maximum && value == (double)(int64_t)value)
      break;
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected an integer in %d .. %d, got %g",
                        (int64_t)field->minimum, (int64_t)field->maximum, value);

  case TRIPLET_FIELD_BOOLEAN:
    if (value == 0 || value == 1)
      break;
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected a boolean, got %g", value);

  case TRIPLET_FIELD_CHOICE:
    if (value >= 0 && value < (double)triplet_choice_count(field->choices)) /* and whole, as an enum is */
      break;
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, name, "expected one of %s, got number %g", field->choices,
                        value);

  case TRIPLET_FIELD_VALUE:
    break;
  }
  return TRIPLET_OK;
}

triplet_status triplet_field_set(triplet_context *context, const triplet_field *field, void *structure, double value) {
  TRIPLET_TRY(check_value(context, field, value));
  write_field(field, structure, value);
  return TRIPLET_OK;
}

triplet_status triplet_schema_set_number(triplet_context *context, triplet_schema_id id, void *structure,
                                         const char *name, double value) {
  const triplet_field *field = triplet_schema_field(context, id, name);
  if (!field)
    return TRIPLET_INVALID_ARGUMENT;
  if (field->kind == TRIPLET_FIELD_CHOICE)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected one of %s, got number %g",
                        field->choices, value);
  if (field->kind == TRIPLET_FIELD_VALUE)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected a value, got number %g", value);
  TRIPLET_TRY(triplet_check_begun(context, id, structure));
  return triplet_field_set(context, field, structure, value);
}

triplet_status triplet_schema_set_text(triplet_context *context, triplet_schema_id id, void *structure,
                                       const char *name, const char *value) {
  const triplet_field *field = triplet_schema_field(context, id, name);
  if (!field)
    return TRIPLET_INVALID_ARGUMENT;
  if (field->kind != TRIPLET_FIELD_CHOICE) {
    const char *kind = field->kind == TRIPLET_FIELD_BOOLEAN ? "a boolean"
                       : field->kind == TRIPLET_FIELD_VALUE ? "a value"
                                                            : "a number";
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected %s, got \"%n\"", kind, value);
  }
  TRIPLET_TRY(triplet_check_begun(context, id, structure));
  const int index = find_choice(field->choices, field->choices + strlen(field->choices), value);
  if (index >= 0) {
    bring_defaults(id, structure, field, index);
    write_field(field, structure, index);
    return TRIPLET_OK;
  }
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, field->name, "expected one of %s, got \"%n\"", field->choices,
                      value);
}

triplet_status triplet_schema_check(triplet_context *context, triplet_schema_id id, const void *structure) {
  TRIPLET_TRY(triplet_check_begun(context, id, structure));
  const triplet_schema *schema = &schemas[id];
  for (size_t i = 0; i < schema->count; i++)
    TRIPLET_TRY(check_value(context, &schema->fields[i], triplet_schema_get_number(&schema->fields[i], structure)));
  triplet_compare_options(context, id, structure);
  return TRIPLET_OK;
}

void triplet_compare_options(triplet_context *context, triplet_schema_id id, const void *structure) {
  if (!triplet_is_shared(context))
    return;
  for (size_t i = 0; i < schemas[id].count; i++) {
    const double value = triplet_schema_get_number(&schemas[id].fields[i], structure);
    triplet_compare(context, &value, sizeof value);
  }
}

/* ---- what options belong to -------------------------------------------------------------------------------------- */

/* One of the conditions of triplet_field.belongs: "mining=semihard|easy_positive", "validation>0". */
typedef struct condition {
  const triplet_field *on;  /* the option it is on */
  char sign;                /* '=' or '>'; else that it is given, which the binding sees to */
  const char *wanted, *end; /* choices, or a digit */
} condition;

/* How many characters come before one of these, or the end. */
static size_t length_before(const char *text, const char *marks) {
  size_t length = 0;
  while (text[length] && !strchr(marks, text[length]))
    length++;
  return length;
}

static condition condition_at(const triplet_schema *schema, const char *text) {
  const size_t name = length_before(text, "=>,/"), length = length_before(text, ",/");
  return (condition){find_field(schema, text, name), text[name], text + name + 1, text + length};
}

static triplet_status fail_choice(triplet_context *context, const char *argument, const condition *of,
                                  const char *got) {
  char wanted[200] = "";
  for (const char *c = of->wanted; c < of->end; c++)
    append(wanted, sizeof wanted, *c == '|' ? "\" or \"" : c, *c == '|' ? 6 : 1);
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "belongs to %s = \"%s\", got %s = \"%s\"",
                      of->on->name, wanted, of->on->name, got);
}

static bool is_met(const condition *of, const void *structure) {
  if (of->sign != '=' && of->sign != '>')
    return true;
  const double value = triplet_schema_get_number(of->on, structure), wanted = *of->wanted - '0';
  if (of->on->kind != TRIPLET_FIELD_CHOICE)
    return of->sign == '=' ? value == wanted : value > wanted;
  char got[TRIPLET_CHOICE_SIZE];
  triplet_choice_name(of->on->choices, (size_t)value, got);
  return find_choice(of->wanted, of->end, got) >= 0;
}

static triplet_status fail_condition(triplet_context *context, const char *argument, const condition *of,
                                     const void *structure) {
  const double value = triplet_schema_get_number(of->on, structure), wanted = *of->wanted - '0';
  if (of->on->kind == TRIPLET_FIELD_CHOICE) {
    char got[TRIPLET_CHOICE_SIZE];
    triplet_choice_name(of->on->choices, (size_t)value, got);
    return fail_choice(context, argument, of, got);
  }
  return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "belongs to %s %s %g, got %g", of->on->name,
                      of->sign == '=' ? "=" : ">", wanted, value);
}

triplet_status triplet_schema_check_given(triplet_context *context, triplet_schema_id id, const void *structure,
                                          const char *name) {
  const triplet_field *field = triplet_schema_field(context, id, name);
  if (!field)
    return TRIPLET_INVALID_ARGUMENT;
  if (!field->belongs)
    return TRIPLET_OK;
  TRIPLET_TRY(triplet_schema_check(context, id, structure));
  if (field->kind != TRIPLET_FIELD_VALUE && triplet_schema_get_number(field, structure) == field->initial)
    return TRIPLET_OK;
  for (const char *text = field->belongs; *text;) {
    const condition first = condition_at(&schemas[id], text);
    condition next = first;
    bool met = is_met(&next, structure);
    while (*next.end == '/') {
      next = condition_at(&schemas[id], next.end + 1);
      met |= is_met(&next, structure);
    }
    if (!met)
      return fail_condition(context, field->name, &first, structure);
    text = next.end + (*next.end == ',');
  }
  return TRIPLET_OK;
}
