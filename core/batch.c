/* batch.c - in-batch losses and their gradients.
 *
 * Three passes: every anchor gives its loss, its stats and a row of pair weights, the slope of the loss by each of its
 * distances; with swap every positive gives a row likewise; then every row of the gradient is gathered from the pair
 * weights. Strategies with one triplet per anchor, and picked triplets with swap, keep the triplets instead of weights.
 * Shapes: queries (B, D), references (R, D), distances and weights (B, R). */
#include "selection.h"

/* ---- totals ------------------------------------------------------------------------------------------------------ */

typedef struct totals {
  double loss, positive_sum, negative_sum;
  uint64_t positive_pairs, negative_pairs;
  uint64_t triplets, active, hard, semihard, easy, without_positive, without_negative;
  bool any_distance, spread; /* some distance reaches 1e-3 x margin */
} totals;

static void add_totals(totals *sum, const totals *part) {
  sum->loss += part->loss;
  sum->positive_sum += part->positive_sum;
  sum->negative_sum += part->negative_sum;
  sum->positive_pairs += part->positive_pairs;
  sum->negative_pairs += part->negative_pairs;
  sum->triplets += part->triplets;
  sum->active += part->active;
  sum->hard += part->hard;
  sum->semihard += part->semihard;
  sum->easy += part->easy;
  sum->without_positive += part->without_positive;
  sum->without_negative += part->without_negative;
  sum->any_distance |= part->any_distance;
  sum->spread |= part->spread;
}

static triplet_stats stats_of(const totals *sum, uint64_t nonfinite) {
  return (triplet_stats){
      .triplets = sum->triplets,
      .active = sum->active,
      .hard = sum->hard,
      .semihard = sum->semihard,
      .easy = sum->easy,
      .anchors_without_positive = sum->without_positive,
      .anchors_without_negative = sum->without_negative,
      .nonfinite = nonfinite,
      .mean_positive_distance = triplet_mean(sum->positive_sum, sum->positive_pairs),
      .mean_negative_distance = triplet_mean(sum->negative_sum, sum->negative_pairs),
      .collapsed = sum->any_distance && !sum->spread,
  };
}

/* ---- the first pass: anchors ------------------------------------------------------------------------------------- */

typedef struct anchors_job {
  const triplet_options *options;
  const triplet_selection *selection;
  void *desks;
  float *weights;          /* (B, R) in units of `unit`, or NULL */
  double unit;             /* the largest |weight x grad_output| */
  triplet_pick_list *list; /* or NULL */
  const float *across;     /* (R, R) distances of references, or NULL: swap takes them pair by pair */
  float *across_weights;   /* (R, R) likewise, added to, or NULL; the same as weights where the sets are */
  float *losses;           /* B, or NULL */
  totals *chunks;
} anchors_job;

static double largest_factor(const triplet_options *options, size_t anchors) {
  double largest = 0;
  for (size_t i = 0; i < anchors; i++) {
    const double factor = fabs(triplet_weight_of(options, i) * triplet_grad_output_of(options, i));
    largest = factor > largest ? factor : largest;
  }
  return largest;
}

static double factor_of(const anchors_job *job, size_t anchor) {
  return job->unit > 0
             ? triplet_weight_of(job->options, anchor) * triplet_grad_output_of(job->options, anchor) / job->unit
             : 0;
}

/* One triplet. */
typedef struct terms {
  triplet_hinge hinge;
  double an_share; /* of the slope; the rest is that of d(p, n) */
  float ap, an, pn;
  bool hard;
} terms;

static float across_distance(const triplet_selection *selection, const float *across, size_t positive,
                             size_t negative) {
  if (across)
    return across[positive * selection->references.rows + negative];
  const triplet_rows p = triplet_rows_part(&selection->reference_rows, positive, 1);
  const triplet_rows n = triplet_rows_part(&selection->reference_rows, negative, 1);
  float distance;
  triplet_row_distances(&selection->measure, &p, &n, &distance);
  return distance;
}

static terms terms_of(const triplet_options *options, const triplet_selection *selection, const float *across,
                      size_t anchor, size_t positive, size_t negative) {
  const float *distances = selection->distances + anchor * selection->references.rows;
  terms at = {.ap = distances[positive], .an = distances[negative], .an_share = 1};
  float nearer = at.an;
  if (options->swap) {
    at.pn = across_distance(selection, across, positive, negative);
    at.an_share = at.an < at.pn ? 1 : at.an > at.pn ? 0 : 0.5;
    nearer = at.an_share > 0 ? at.an : at.pn;
  }
  at.hard = nearer <= at.ap;
  at.hinge = triplet_hinge_of(options, triplet_hinge_height(at.ap, triplet_margin_of(options, anchor), nearer));
  return at;
}

static void count_terms(totals *sum, const terms *at, bool weighted) {
  sum->triplets++;
  sum->active += at->hinge.active && weighted;
  sum->hard += at->hard;
  sum->semihard += !at->hard && at->hinge.loss > 0;
  sum->easy += at->hinge.loss == 0;
}

static void write_weights(const anchors_job *job, size_t anchor, const double *sums) {
  const size_t references = job->selection->references.rows;
  const double factor = factor_of(job, anchor);
  float *row = job->weights + anchor * references;
  for (size_t j = 0; j < references; j++)
    row[j] = (float)(sums[j] * factor);
}

/* The picked triplets of an anchor; returns their loss. */
static double weigh_picks(const anchors_job *job, const triplet_anchor *anchor, const triplet_desk *desk, totals *sum) {
  const size_t count = triplet_pick_triplets(job->selection, anchor, desk);
  const bool weighted = triplet_weight_of(job->options, anchor->index) != 0;
  double loss = 0;
  if (job->list) {
    job->list->counts[anchor->index] = count;
    memcpy(job->list->picks + job->list->first[anchor->index], desk->picks, count * sizeof *desk->picks);
  }
  if (job->weights)
    memset(desk->sums, 0, job->selection->references.rows * sizeof *desk->sums);
  bool *seen = (bool *)desk->sets;
  for (size_t i = 0; i < count; i++)
    seen[desk->picks[i].negative] = false;
  for (size_t i = 0; i < count; i++) {
    const triplet_pick pick = desk->picks[i];
    const terms at = terms_of(job->options, job->selection, job->across, anchor->index, (size_t)pick.positive,
                              (size_t)pick.negative);
    loss += at.hinge.loss;
    count_terms(sum, &at, weighted);
    sum->positive_pairs++;
    sum->positive_sum += at.ap;
    if (!seen[pick.negative]) {
      seen[pick.negative] = true;
      sum->negative_pairs++;
      sum->negative_sum += at.an;
    }
    if (job->weights) {
      desk->sums[pick.positive] += at.hinge.slope;
      desk->sums[pick.negative] -= at.hinge.slope;
    }
  }
  if (job->weights)
    write_weights(job, anchor->index, desk->sums);
  return loss;
}

/* The rows that are negatives, as a list. */
static size_t list_negatives(const triplet_anchor *anchor, size_t references, uint32_t *rows) {
  size_t count = 0;
  for (size_t j = 0; j < references; j++) {
    rows[count] = (uint32_t)j;
    count += anchor->negatives[j] <= FLT_MAX;
  }
  return count;
}

/* Every triplet of an anchor, one by one; returns their loss. */
static double weigh_each(const anchors_job *job, const triplet_anchor *anchor, const triplet_desk *desk, totals *sum) {
  const size_t references = job->selection->references.rows;
  const size_t negatives = list_negatives(anchor, references, desk->limits);
  const bool weighted = triplet_weight_of(job->options, anchor->index) != 0;
  double loss = 0;
  memset(desk->sums, 0, references * sizeof *desk->sums);
  for (size_t i = 0; i < anchor->positive_count; i++) {
    const size_t positive = (size_t)anchor->positives[i];
    for (size_t j = 0; j < negatives; j++) {
      const size_t negative = desk->limits[j];
      const terms at = terms_of(job->options, job->selection, job->across, anchor->index, positive, negative);
      loss += at.hinge.loss;
      count_terms(sum, &at, weighted);
      desk->sums[positive] += at.hinge.slope;
      desk->sums[negative] -= at.hinge.slope * at.an_share;
    }
  }
  if (job->weights)
    write_weights(job, anchor->index, desk->sums);
  return loss;
}

/* The bits of the smallest float >= value, or 0: a distance lies below value exactly when it lies below that. */
static uint32_t limit_below(double value) {
  if (value <= 0)
    return 0;
  if (value > FLT_MAX)
    return TRIPLET_INFINITY_BITS;
  const float near = (float)value;
  return triplet_float_bits(near) + (near < value);
}

/* The bits of the smallest float > value, or 0: a distance is at most value exactly when it lies below that. */
static uint32_t limit_up_to(double value) {
  if (value < 0)
    return 0;
  if (value >= FLT_MAX)
    return TRIPLET_INFINITY_BITS;
  const float near = fabsf((float)value); /* a - a is -0 where the host rounds downward */
  return triplet_float_bits(near) + (near <= value);
}

/* The limits that each positive draws among the negatives. */
enum { LOSS, HARD, TOUCHING, SETS }; /* d(a, n) < d(a, p) + margin;  d(a, n) <= d(a, p);  d(a, n) <= d(a, p) + margin */

/* Merges `sets` sorted lists of `count` limits each into edges, noting the list of each. */
static void merge_limits(const uint32_t *limits, size_t sets, size_t count, float *edges, uint8_t *from) {
  size_t at[SETS] = {0};
  for (size_t i = 0; i < sets * count; i++) {
    size_t best = sets;
    for (size_t s = 0; s < sets; s++)
      if (at[s] < count && (best == sets || limits[s * count + at[s]] < limits[best * count + at[best]]))
        best = s;
    edges[i] = triplet_float_of_bits(limits[best * count + at[best]++]);
    from[i] = (uint8_t)best;
  }
}

/* Every triplet of an anchor without looking at any: each positive draws its limits, sorted; each negative is placed
 * among them, and how many limits of which kind lie above it says what it takes part in. The sum of
 * active hinges is that of (d(a, p) + margin) times its number of active negatives, less that of d(a, n) times its
 * number of active positives. Returns the loss. */
static double weigh_counted(const anchors_job *job, const triplet_anchor *anchor, const triplet_desk *desk,
                            totals *sum) {
  const triplet_options *options = job->options;
  const size_t references = job->selection->references.rows, positives = anchor->positive_count;
  const double margin = triplet_margin_of(options, anchor->index), factor = factor_of(job, anchor->index);
  /* What a triplet strictly inside the margin, and one that touches it, count for in the gradient. */
  const bool touching = options->convention != TRIPLET_CONVENTION_EXACT;
  const double touching_share = !touching ? 0 : options->convention == TRIPLET_CONVENTION_TORCH ? 1 : 0.5;
  const size_t sets = touching ? SETS : SETS - 1, edges = sets * positives;

  triplet_sort_positives(anchor, desk);
  for (size_t k = 0; k < positives; k++) {
    const float distance = anchor->distances[triplet_key_row(desk->keys[k])];
    desk->limits[LOSS * positives + k] = limit_below((double)distance + margin);
    desk->limits[HARD * positives + k] = (uint32_t)(desk->keys[k] >> 32) + 1;
    if (touching)
      desk->limits[TOUCHING * positives + k] = limit_up_to((double)distance + margin);
  }
  merge_limits(desk->limits, sets, positives, desk->edges, desk->sets);
  const double shares[SETS] = {1 - touching_share, 0, touching_share};
  desk->table[edges] = 0;
  for (size_t i = edges; i-- > 0;)
    desk->table[i] = desk->table[i + 1] + shares[desk->sets[i]];

  job->selection->measure.kernels->rank(desk->edges, edges, anchor->negatives, references, desk->ranks);
  memset(desk->counts, 0, (edges + 1) * sizeof *desk->counts);
  float *row = job->weights ? job->weights + anchor->index * references : NULL;
  double loss = 0, negative_sum = 0;
  for (size_t j = 0; j < references; j++) {
    const float distance = anchor->negatives[j];
    const size_t place = desk->ranks[j];
    const double finite = distance <= FLT_MAX ? distance : 0;
    desk->counts[place]++;
    loss -= desk->table[place] * finite;
    negative_sum += finite;
    if (row)
      row[j] = (float)(desk->table[place] * -factor);
  }

  /* Negatives below each edge: those in the places up to it. */
  size_t at[SETS] = {0};
  uint32_t below = 0;
  for (size_t i = 0; i < edges; i++) {
    below += desk->counts[i];
    const uint8_t set = desk->sets[i];
    desk->limits[set * positives + at[set]++] = below;
  }
  const uint32_t *losing = desk->limits + LOSS * positives, *hard = desk->limits + HARD * positives;
  const uint32_t *touched = touching ? desk->limits + TOUCHING * positives : losing;
  const bool weighted = triplet_weight_of(options, anchor->index) != 0;
  for (size_t k = 0; k < positives; k++) {
    const size_t positive = triplet_key_row(desk->keys[k]);
    const double distance = anchor->distances[positive];
    const double weight = losing[k] * shares[LOSS] + touched[k] * shares[TOUCHING];
    loss += weight * (distance + margin);
    sum->positive_sum += distance;
    sum->active += weighted ? touched[k] : 0;
    sum->hard += hard[k];
    sum->semihard += losing[k] > hard[k] ? losing[k] - hard[k] : 0;
    sum->easy += anchor->negative_count - losing[k];
    if (row)
      row[positive] = (float)(weight * factor);
  }
  sum->negative_sum += negative_sum;
  return loss;
}

/* Every triplet of an anchor; returns their loss. */
static double weigh_all(const anchors_job *job, const triplet_anchor *anchor, const triplet_desk *desk, totals *sum) {
  const uint64_t triplets = (uint64_t)anchor->positive_count * anchor->negative_count;
  sum->positive_pairs += anchor->positive_count;
  sum->negative_pairs += anchor->negative_count;
  if (!job->options->swap && !job->options->soft_margin) {
    sum->triplets += triplets;
    return weigh_counted(job, anchor, desk, sum);
  }
  for (size_t i = 0; i < anchor->positive_count; i++)
    sum->positive_sum += anchor->distances[anchor->positives[i]];
  for (size_t j = 0; j < job->selection->references.rows; j++)
    sum->negative_sum += anchor->negatives[j] <= FLT_MAX ? anchor->negatives[j] : 0;
  return weigh_each(job, anchor, desk, sum);
}

/* Whether some distance of the anchor reaches 1e-3 x margin; most batches show it at the first. */
static bool is_spread(const triplet_selection *selection, const triplet_anchor *anchor, double margin) {
  const double limit = 1e-3 * margin;
  for (size_t i = 0; i < anchor->positive_count; i++)
    if (anchor->distances[anchor->positives[i]] >= limit)
      return true;
  for (size_t j = 0; j < selection->references.rows; j++)
    if (anchor->negatives[j] >= limit && anchor->negatives[j] <= FLT_MAX)
      return true;
  return false;
}

/* Leaves no weights and no picks when there is no triplet. Returns the loss. */
static double weigh_anchor(const anchors_job *job, size_t index, const triplet_desk *desk, totals *sum) {
  const triplet_selection *selection = job->selection;
  const size_t references = selection->references.rows;
  if (job->list)
    job->list->counts[index] = 0;
  if (selection->usable[index]) {
    const triplet_anchor anchor = triplet_anchor_at(selection, index, desk);
    sum->without_positive += !anchor.positive_count;
    sum->without_negative += !anchor.negative_count;
    if (anchor.positive_count || anchor.negative_count) {
      sum->any_distance = true;
      sum->spread = sum->spread || is_spread(selection, &anchor, triplet_margin_of(job->options, index));
    }
    if (anchor.positive_count && anchor.negative_count)
      return job->options->mining == TRIPLET_MINING_ALL ? weigh_all(job, &anchor, desk, sum)
                                                        : weigh_picks(job, &anchor, desk, sum);
  }
  if (job->weights)
    memset(job->weights + index * references, 0, references * sizeof *job->weights);
  return 0;
}

#define ROWS_PER_CHUNK 16

static void anchors_chunk(void *argument, size_t chunk, size_t worker) {
  const anchors_job *job = argument;
  const size_t queries = job->selection->queries.rows, begin = chunk * ROWS_PER_CHUNK;
  const size_t end = queries - begin < ROWS_PER_CHUNK ? queries : begin + ROWS_PER_CHUNK;
  const triplet_desk desk = triplet_desk_at(job->desks, job->selection->references.rows, worker);
  totals sum = {0};
  for (size_t i = begin; i < end; i++) {
    const double found = weigh_anchor(job, i, &desk, &sum);
    /* A difference of large sums may round below 0. */
    const double loss = found > 0 ? triplet_weight_of(job->options, i) * found : 0;
    if (job->losses)
      job->losses[i] = (float)loss;
    sum.loss += loss;
  }
  job->chunks[chunk] = sum;
}

/* ---- the second pass: swap --------------------------------------------------------------------------------------- */

/* Pair weights of positives and negatives, row by row of the positives: each looks at every anchor of its class and at
 * every negative again, so that no two threads add to one row. */
static void across_row(const anchors_job *job, size_t positive, const triplet_desk *desk) {
  const triplet_selection *selection = job->selection;
  const size_t references = selection->references.rows;
  const int32_t label = selection->reference_labels.data[positive];
  memset(desk->sums, 0, references * sizeof *desk->sums);
  for (size_t a = 0; a < selection->queries.rows; a++) {
    if (selection->labels.data[a] != label || !selection->usable[a] ||
        triplet_self_of(selection, a) == (int64_t)positive)
      continue;
    const double factor = factor_of(job, a);
    for (size_t n = 0; n < references; n++) {
      if (selection->reference_labels.data[n] == label || !selection->reference_usable[n])
        continue;
      const terms at = terms_of(job->options, selection, job->across, a, positive, n);
      desk->sums[n] -= at.hinge.slope * (1 - at.an_share) * factor;
    }
  }
  for (size_t n = 0; n < references; n++)
    job->across_weights[positive * references + n] += (float)desk->sums[n];
}

static void across_chunk(void *argument, size_t chunk, size_t worker) {
  const anchors_job *job = argument;
  const triplet_selection *selection = job->selection;
  const size_t references = selection->references.rows, begin = chunk * ROWS_PER_CHUNK;
  const size_t end = references - begin < ROWS_PER_CHUNK ? references : begin + ROWS_PER_CHUNK;
  const triplet_desk desk = triplet_desk_at(job->desks, references, worker);
  for (size_t p = begin; p < end; p++)
    if (selection->reference_usable[p])
      across_row(job, p, &desk);
}

static size_t chunks_of(size_t rows) {
  return (rows + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK;
}

/* Runs both passes; totals in the order of the anchors. */
static triplet_status survey(triplet_context *context, anchors_job *job, totals *sum) {
  const size_t chunks = chunks_of(job->selection->queries.rows);
  job->desks = triplet_desks_allocate(context, job->selection->references.rows, triplet_workers(context));
  job->chunks = triplet_allocate(context, chunks, sizeof *job->chunks);
  const bool ready = job->desks && job->chunks;
  if (ready) {
    triplet_parallel(context, chunks, anchors_chunk, job);
    for (size_t i = 0; i < chunks; i++)
      add_totals(sum, &job->chunks[i]);
    if (job->across_weights)
      triplet_parallel(context, chunks_of(job->selection->references.rows), across_chunk, job);
  }
  triplet_release(context, job->desks);
  triplet_release(context, job->chunks);
  return ready ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

triplet_status triplet_survey(triplet_context *context, const triplet_selection *selection, triplet_pick_list *list,
                              triplet_stats *stats) {
  anchors_job job = {.options = selection->options, .selection = selection, .list = list};
  totals sum = {0};
  TRIPLET_TRY(survey(context, &job, &sum));
  *stats = stats_of(&sum, selection->nonfinite);
  return TRIPLET_OK;
}

/* ---- picked triplets --------------------------------------------------------------------------------------------- */

triplet_status triplet_pick_list_create(triplet_context *context, const triplet_selection *selection,
                                        triplet_pick_list *list) {
  const size_t queries = selection->queries.rows;
  size_t slots = 0;
  list->picks = NULL;
  list->counts = NULL;
  list->first = triplet_allocate(context, queries, 2 * sizeof *list->first);
  if (!list->first)
    return TRIPLET_OUT_OF_MEMORY;
  list->counts = list->first + queries;
  for (size_t i = 0; i < queries; i++) {
    const size_t own = triplet_class_of(&selection->classes, selection->labels.data[i]).count;
    list->first[i] = slots;
    slots += (size_t)triplet_most_triplets(selection->options->mining, own, selection->classes.count - own);
  }
  list->picks = triplet_allocate(context, slots, sizeof *list->picks);
  return list->picks ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

void triplet_pick_list_release(triplet_context *context, triplet_pick_list *list) {
  triplet_release(context, list->picks);
  triplet_release(context, list->first);
}

/* ---- the last pass: gradients ------------------------------------------------------------------------------------ */

/* Adds slope times the gradient of d(x, y), of one row each, by x or by y, in double. */
static void add_slowly(const triplet_measure *measure, double slope, const triplet_rows *x, const triplet_rows *y,
                       bool by_x, float *output) {
  const triplet_pair pair = triplet_pair_of(measure, x, y);
  for (size_t k = 0; k < x->cols; k++) {
    const triplet_slopes slopes = triplet_pair_slopes(&pair, k);
    output[k] = triplet_to_float(output[k] + slope * (by_x ? slopes.x : slopes.y));
  }
}

/* Weighted pairs of rows of x and y. */
typedef struct pair_matrix {
  triplet_rows x, y;
  const float *weights, *distances; /* (x.rows, y.rows) */
} pair_matrix;

/* Whose gradient is taken: that of x, of y, or of both where they are the same rows and pairs have no direction. */
typedef enum side { BY_X, BY_Y, BY_BOTH } side;

typedef struct rows_job {
  const triplet_measure *measure;
  double scale;
  struct {
    const pair_matrix *pairs;
    side side;
  } parts[3];
  size_t part_count;
  triplet_rows rows; /* that the gradient is of */
  float *gradient;
} rows_job;

#define ROWS 32
#define TERMS 32
#define CACHE_LINE 16

/* What the next tile reads is fetched while this one is worked on: its rows lie so far apart that the machine does not
 * foresee them. Pair weights and distances, of which a tile has two lines of the cache a row: */
static void fetch(const float *row) {
  __builtin_prefetch(row);
  __builtin_prefetch(row + CACHE_LINE);
}

/* A row of embeddings, into the second cache, as this tile's fill the first. */
static void fetch_far(const float *row, size_t d) {
  for (size_t k = 0; k < d; k += CACHE_LINE)
    __builtin_prefetch(row + k, 0, 2);
}

/* Rows of terms, `stride` apart. */
typedef struct tile {
  const float *rows;
  size_t stride;
} tile;

/* A tile of a matrix whose rows or, turned, columns are the tile's. Turning goes along the rows of the matrix: down
 * a column of a large one every number may fall into the same few lines of the cache. */
static tile tile_of(const float *values, size_t stride, bool turned, size_t first_row, size_t rows, size_t first_term,
                    size_t terms, float *room) {
  if (!turned)
    return (tile){values + first_row * stride + first_term, stride};
  for (size_t j = 0; j < terms; j++) {
    const float *row = values + (first_term + j) * stride + first_row;
    fetch(row + TERMS * stride);
    for (size_t i = 0; i < rows; i++)
      room[i * TERMS + j] = row[i];
  }
  return (tile){room, TERMS};
}

static void add_tile(const rows_job *job, const pair_matrix *pairs, side side, size_t first_row, size_t rows,
                     size_t first_term, size_t terms) {
  const triplet_measure *measure = job->measure;
  const bool by_y = side == BY_Y;
  const triplet_rows *all = by_y ? &pairs->x : &pairs->y;
  const triplet_rows own = triplet_rows_part(by_y ? &pairs->y : &pairs->x, first_row, rows);
  const triplet_rows other = triplet_rows_part(all, first_term, terms);
  const size_t stride = pairs->y.rows, d = own.cols;
  float *gradient = job->gradient + first_row * d;
  float rooms[3][ROWS * TERMS], coefficients[ROWS * TERMS];
#define TILE_OF(values, turned, room) tile_of(values, stride, turned, first_row, rows, first_term, terms, room)
  const tile weights = TILE_OF(pairs->weights, by_y, rooms[0]);
  const tile backward = side == BY_BOTH ? TILE_OF(pairs->weights, true, rooms[1]) : (tile){NULL, 0};
  const tile distances = TILE_OF(pairs->distances, by_y, rooms[2]);
#undef TILE_OF
  for (size_t i = 0; i < rows; i++) {
    const float *distance = distances.rows + i * distances.stride;
    const triplet_pair_weights row = {weights.rows + i * weights.stride,
                                      backward.rows ? backward.rows + i * backward.stride : NULL, job->scale};
    float *const coefficient = coefficients + i * TERMS;
    fetch(row.forward + TERMS);
    fetch(distance + TERMS);
    if (first_term + TERMS + i < all->rows)
      fetch_far(other.data + (TERMS + i) * other.stride, other.stride);
    if (triplet_coefficients_at_once(measure, &row, distance, terms, coefficient))
      continue;
    for (size_t j = 0; j < terms; j++) {
      const double slope = triplet_pair_slope(&row, j);
      coefficient[j] = 0;
      if (slope == 0 ||
          triplet_coefficient(measure, slope, distance[j], triplet_is_zero_pair(&own, i, &other, j), &coefficient[j]))
        continue;
      const triplet_rows one = triplet_rows_part(&own, i, 1), term = triplet_rows_part(&other, j, 1);
      add_slowly(measure, slope, by_y ? &term : &one, by_y ? &one : &term, !by_y, gradient + i * d);
    }
  }
  const triplet_coefficients table = {coefficients, TERMS, 1};
  if (triplet_has_kernel(measure))
    measure->kernels->accumulate(by_y ? triplet_backward(measure->term) : measure->term, &own, &other, &table,
                                 gradient);
}

static void rows_chunk(void *argument, size_t chunk, size_t worker) {
  (void)worker;
  const rows_job *job = argument;
  const size_t d = job->rows.cols, begin = chunk * ROWS;
  const size_t rows = job->rows.rows - begin < ROWS ? job->rows.rows - begin : ROWS;
  memset(job->gradient + begin * d, 0, rows * d * sizeof *job->gradient);
  for (size_t part = 0; part < job->part_count; part++) {
    const pair_matrix *pairs = job->parts[part].pairs;
    const side side = job->parts[part].side;
    const size_t terms = side == BY_Y ? pairs->x.rows : pairs->y.rows;
    for (size_t j = 0; j < terms; j += TERMS)
      add_tile(job, pairs, side, begin, rows, j, terms - j < TERMS ? terms - j : TERMS);
  }
  const triplet_rows done = triplet_rows_part(&job->rows, begin, rows);
  triplet_rows_gradients(job->measure, &done, job->gradient + begin * d);
}

static void gather_rows(triplet_context *context, rows_job *job) {
  if (job->gradient)
    triplet_parallel(context, (job->rows.rows + ROWS - 1) / ROWS, rows_chunk, job);
}

static void add_part(rows_job *job, const pair_matrix *pairs, side side) {
  job->parts[job->part_count].pairs = pairs;
  job->parts[job->part_count++].side = side;
}

/* Gradients from pair weights: own between queries and references, across (or NULL) among references. */
static void gather_gradients(triplet_context *context, const triplet_selection *selection, double scale,
                             const pair_matrix *own, const pair_matrix *across, float *gradient,
                             float *references_gradient) {
  const triplet_measure *measure = &selection->measure;
  rows_job by_query = {.measure = measure, .scale = scale, .rows = selection->query_rows, .gradient = gradient};
  rows_job by_reference = {
      .measure = measure, .scale = scale, .rows = selection->reference_rows, .gradient = references_gradient};
  if (selection->separate) {
    add_part(&by_query, own, BY_X);
    add_part(&by_reference, own, BY_Y);
    if (across) {
      add_part(&by_reference, across, BY_X);
      add_part(&by_reference, across, BY_Y);
    }
  } else if (measure->term.shift == 0) {
    add_part(&by_query, own, BY_BOTH);
  } else {
    add_part(&by_query, own, BY_X);
    add_part(&by_query, own, BY_Y);
  }
  gather_rows(context, &by_query);
  gather_rows(context, &by_reference);
}

/* ---- gradients of picked triplets -------------------------------------------------------------------------------- */

/* A row of queries or references and its gradient, or NULL. */
typedef struct row {
  triplet_rows data;
  float *gradient;
} row;

static row row_at(const triplet_rows *rows, float *gradient, size_t index) {
  return (row){triplet_rows_part(rows, index, 1), gradient ? gradient + index * rows->cols : NULL};
}

/* slope times the gradient of d(x, y), into both. */
static void add_pair(const triplet_measure *measure, double slope, float distance, row x, row y) {
  float coefficient;
  if (slope == 0)
    return;
  const bool plain =
      triplet_coefficient(measure, slope, distance, triplet_is_zero_pair(&x.data, 0, &y.data, 0), &coefficient);
  const triplet_coefficients one = {&coefficient, 1, 1};
  if (x.gradient && plain)
    measure->kernels->accumulate(measure->term, &x.data, &y.data, &one, x.gradient);
  else if (x.gradient)
    add_slowly(measure, slope, &x.data, &y.data, true, x.gradient);
  if (y.gradient && plain)
    measure->kernels->accumulate(triplet_backward(measure->term), &y.data, &x.data, &one, y.gradient);
  else if (y.gradient)
    add_slowly(measure, slope, &x.data, &y.data, false, y.gradient);
}

/* In sequence, as triplets share rows. */
static void scatter_gradients(const anchors_job *job, double scale, float *gradient, float *references_gradient) {
  const triplet_selection *selection = job->selection;
  const triplet_options *options = job->options;
  const triplet_matrix queries = selection->queries, references = selection->references;
  const size_t d = queries.cols;
  float *other = selection->separate ? references_gradient : gradient;
  if (gradient)
    memset(gradient, 0, queries.rows * d * sizeof *gradient);
  if (references_gradient)
    memset(references_gradient, 0, references.rows * d * sizeof *gradient);
  for (size_t i = 0; i < queries.rows; i++) {
    const double factor = triplet_weight_of(options, i) * triplet_grad_output_of(options, i) * scale;
    const row a = row_at(&selection->query_rows, gradient, i);
    for (size_t k = 0; k < job->list->counts[i]; k++) {
      const triplet_pick pick = job->list->picks[job->list->first[i] + k];
      const size_t positive = (size_t)pick.positive, negative = (size_t)pick.negative;
      const terms at = terms_of(options, selection, job->across, i, positive, negative);
      const double slope = at.hinge.slope * factor;
      const row p = row_at(&selection->reference_rows, other, positive);
      const row n = row_at(&selection->reference_rows, other, negative);
      add_pair(&selection->measure, slope, at.ap, a, p);
      add_pair(&selection->measure, -slope * at.an_share, at.an, a, n);
      add_pair(&selection->measure, -slope * (1 - at.an_share), at.pn, p, n);
    }
  }
  if (gradient)
    triplet_rows_gradients(&selection->measure, &selection->query_rows, gradient);
  if (references_gradient)
    triplet_rows_gradients(&selection->measure, &selection->reference_rows, references_gradient);
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

static double reduction_scale(const triplet_options *options, const totals *sum) {
  switch (options->reduction) {
  case TRIPLET_REDUCTION_MEAN:
    return triplet_divided(1, sum->triplets);
  case TRIPLET_REDUCTION_MEAN_NONZERO:
    return triplet_divided(1, sum->active);
  default:
    return 1;
  }
}

typedef struct outputs {
  float *gradient, *references_gradient, *losses;
  double *loss;
  triplet_stats *stats;
} outputs;

/* What a batch needs beside its selection. */
typedef struct memory {
  float *weights, *across_weights, *across;
  triplet_pick_list list;
} memory;

static bool keeps_triplets(const triplet_options *options) {
  return options->mining != TRIPLET_MINING_ALL && (options->swap || triplet_most_triplets(options->mining, 2, 1) == 1);
}

static bool looks_across(const triplet_options *options) {
  return options->mining == TRIPLET_MINING_ALL && options->swap;
}

static triplet_status allocate(triplet_context *context, const triplet_selection *selection, bool gradients,
                               memory *memory) {
  const size_t queries = selection->queries.rows, references = selection->references.rows;
  const triplet_options *options = selection->options;
  if (looks_across(options) && selection->separate) {
    memory->across = triplet_allocate(context, references, references * sizeof(float));
    if (!memory->across)
      return TRIPLET_OUT_OF_MEMORY;
  }
  if (!gradients)
    return TRIPLET_OK;
  if (keeps_triplets(options))
    return triplet_pick_list_create(context, selection, &memory->list);
  memory->weights = triplet_allocate(context, queries, references * sizeof(float));
  if (memory->across)
    memory->across_weights = triplet_allocate(context, references, references * sizeof(float));
  return memory->weights && (!memory->across || memory->across_weights) ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

static triplet_status weigh_and_gather(triplet_context *context, const triplet_selection *selection, memory *memory,
                                       const outputs *out) {
  const triplet_options *options = selection->options;
  const triplet_matrix queries = selection->queries, references = selection->references;
  anchors_job job = {
      .options = options,
      .selection = selection,
      .weights = memory->weights,
      .unit = largest_factor(options, queries.rows),
      .list = memory->list.picks ? &memory->list : NULL,
      .across = selection->separate ? memory->across : selection->distances,
      .losses = out->losses,
  };
  if (looks_across(options))
    job.across_weights = selection->separate ? memory->across_weights : memory->weights;
  if (memory->across)
    triplet_all_distances(context, &selection->measure, &selection->reference_rows, &selection->reference_rows,
                          memory->across);
  if (memory->across_weights)
    memset(memory->across_weights, 0, references.rows * references.rows * sizeof(float));
  totals sum = {0};
  TRIPLET_TRY(survey(context, &job, &sum));
  const double scale = reduction_scale(options, &sum);
  *out->loss = sum.loss * scale;
  if (out->stats)
    *out->stats = stats_of(&sum, selection->nonfinite);
  if (job.list)
    scatter_gradients(&job, scale, out->gradient, out->references_gradient);
  const pair_matrix own = {selection->query_rows, selection->reference_rows, memory->weights, selection->distances};
  const pair_matrix across = {selection->reference_rows, selection->reference_rows, memory->across_weights,
                              memory->across};
  if (job.weights)
    gather_gradients(context, selection, scale * job.unit, &own, memory->across_weights ? &across : NULL, out->gradient,
                     out->references_gradient);
  return TRIPLET_OK;
}

triplet_status triplet_batch_loss(triplet_context *context, const triplet_options *options, triplet_matrix embeddings,
                                  triplet_ints labels, const triplet_references *references, float *gradient,
                                  float *references_gradient, float *losses, double *loss, triplet_stats *stats) {
  const outputs out = {gradient, references_gradient, losses, loss, stats};
  triplet_selection selection;
  TRIPLET_TRY(triplet_check_loss_options(context, TRIPLET_SCHEMA_BATCH_LOSS, options, embeddings.rows));
  TRIPLET_TRY(triplet_selection_check(context, options, embeddings, labels, references, &selection));
  if (references_gradient && !references)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "references_gradient", "expected NULL without references");
  TRIPLET_TRY(triplet_selection_create(context, &selection));
  memory memory = {0};
  triplet_status status = allocate(context, &selection, gradient || references_gradient, &memory);
  if (status == TRIPLET_OK)
    status = weigh_and_gather(context, &selection, &memory, &out);
  triplet_release(context, memory.weights);
  triplet_release(context, memory.across_weights);
  triplet_release(context, memory.across);
  triplet_pick_list_release(context, &memory.list);
  triplet_selection_release(context, &selection);
  return status;
}
