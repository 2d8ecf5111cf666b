/* collective.c - many ranks that work on one call: what is built on the two ways in which they exchange bytes. */
#include "collective.h"

/* ---- the ranks of a context -------------------------------------------------------------------------------------- */

triplet_status triplet_context_set_collective(triplet_context *context, const triplet_collective *collective) {
  const triplet_collective none = {.size = 1}, *chosen = collective ? collective : &none;
  const size_t size = chosen->size;
  if (chosen->rank >= size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "collective", "expected a rank below the size, %z, got %z",
                        size, chosen->rank);
  if (size > 1 && !TRIPLET_HAS_RANKS)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "collective", "expected a size of 1, got %z", size);
  if (size > 1 && !(chosen->all_gather && chosen->all_to_all))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "collective", "expected both functions, got NULL");
  if (!context)
    return TRIPLET_INVALID_ARGUMENT;

  triplet_ranks *ranks = NULL;
  if (size > 1) {
    const size_t each = sizeof *ranks->reports + 2 * sizeof *ranks->counts, before = sizeof *ranks / each + 1;
    ranks = triplet_allocate(context, size > SIZE_MAX - before ? SIZE_MAX : before + size, each);
    if (!ranks)
      return TRIPLET_OUT_OF_MEMORY;
    *ranks = (triplet_ranks){.collective = *chosen, .reports = (triplet_report *)(void *)(ranks + 1)};
    ranks->counts = (size_t *)(void *)(ranks->reports + size);
  }
  triplet_release(context, context->ranks);
  context->ranks = ranks;
  return TRIPLET_OK;
}

/* ---- exchange ---------------------------------------------------------------------------------------------------- */

static triplet_status lose(triplet_context *context) {
  context->ranks->lost = context->ranks->told = true;
  return triplet_fail(context, TRIPLET_RANK_LOST, "collective", "another rank is gone, or cannot be reached");
}

triplet_status triplet_ranks_all_gather(triplet_context *context, void *bytes) {
  const triplet_collective *collective = &context->ranks->collective;
  if (context->ranks->lost || !collective->all_gather(collective->user, NULL, bytes, context->ranks->counts))
    return lose(context);
  return TRIPLET_OK;
}

triplet_status triplet_ranks_all_to_all(triplet_context *context, const void *sent, void *received) {
  const triplet_collective *collective = &context->ranks->collective;
  const size_t *counts = context->ranks->counts;
  if (context->ranks->lost ||
      !collective->all_to_all(collective->user, sent, counts, received, counts + collective->size))
    return lose(context);
  return TRIPLET_OK;
}

/* ---- agreement --------------------------------------------------------------------------------------------------- */

/* An error as it is told. */
typedef struct told_error {
  char argument[sizeof((triplet_ranks *)NULL)->argument];
  char message[sizeof((triplet_error *)NULL)->message];
} told_error;

static void copy_text(char *to, size_t size, const char *from) {
  size_t length = 0;
  for (; from && from[length] && length + 1 < size; length++)
    to[length] = from[length];
  memset(to + length, 0, size - length);
}

/* What rank `from` says becomes the error of every rank. */
static triplet_status tell(triplet_context *context, size_t from, bool alone) {
  triplet_ranks *ranks = context->ranks;
  const triplet_status status = (triplet_status)ranks->reports[from].status;
  told_error told;
  copy_text(told.argument, sizeof told.argument, context->error.argument);
  copy_text(told.message, sizeof told.message, context->error.message);
  for (size_t rank = 0; rank < ranks->collective.size; rank++)
    ranks->counts[rank] = rank == from ? sizeof told : 0;
  TRIPLET_TRY(triplet_ranks_all_gather(context, &told));

  copy_text(ranks->argument, sizeof ranks->argument, told.argument);
  ranks->told = true;
  const char *argument = ranks->argument[0] ? ranks->argument : NULL;
  if (alone && status != TRIPLET_NOT_FINITE) /* which is a matter of the data, whoever had those rows */
    return triplet_fail(context, status, argument, "rank %z: %s", from, told.message);
  return triplet_fail(context, status, argument, "%s", told.message);
}

/* Another word for another word: no two that differ give the same. */
static uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
  return hash ^ hash >> 32;
}

uint64_t triplet_ranks_hash(uint64_t hash, const void *bytes, size_t size) {
  const char *at = bytes;
  uint64_t word = 0;
  hash = mix(hash, size);
  for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
    memcpy(&word, at, sizeof word);
    hash = mix(hash, word);
  }
  if (!size)
    return hash;
  word = 0;
  memcpy(&word, at, size);
  return mix(hash, word);
}

static triplet_status tell_apart(triplet_context *context, size_t rank) {
  const triplet_report *reports = context->ranks->reports;
  context->ranks->told = true;
  if (reports[rank].call != reports[0].call)
    return triplet_fail(context, TRIPLET_RANK_LOST, "collective", "rank %z makes another call than rank 0", rank);
  return triplet_fail(context, TRIPLET_RANK_LOST, "collective",
                      "rank %z makes its call with other values than rank 0: data, labels or options", rank);
}

/* place: where in its call this rank is. */
static triplet_status agree_at(triplet_context *context, triplet_status status, uint64_t place) {
  triplet_ranks *ranks = context->ranks;
  const size_t size = ranks->collective.size;
  ranks->told = false;
  ranks->reports[ranks->collective.rank] = (triplet_report){(uint64_t)status, ranks->call, mix(ranks->values, place)};
  for (size_t rank = 0; rank < size; rank++)
    ranks->counts[rank] = sizeof *ranks->reports;
  TRIPLET_TRY(triplet_ranks_all_gather(context, ranks->reports));

  const triplet_report *reports = ranks->reports;
  size_t first = size, failed = 0, other = 0;
  for (size_t rank = size; rank-- > 0;) {
    const bool fails = reports[rank].status != TRIPLET_OK;
    first = fails ? rank : first;
    failed += fails;
    if (reports[rank].call != reports[0].call || reports[rank].values != reports[0].values)
      other = rank;
  }
  if (failed)
    return tell(context, first, failed < size);
  return other ? tell_apart(context, other) : TRIPLET_OK;
}

triplet_status triplet_ranks_agree(triplet_context *context, triplet_status status) {
  return agree_at(context, status, 1);
}

void triplet_ranks_enter(triplet_context *context, const char *call) {
  triplet_ranks *ranks = context->ranks;
  const uint64_t name = triplet_ranks_hash(0, call, strlen(call));
  if (ranks->calls++ == 0)
    ranks->call = name, ranks->values = 0;
  if (!ranks->apart) /* what a rank does by itself is its own affair */
    ranks->values = mix(ranks->values, name);
}

triplet_status triplet_ranks_leave(triplet_context *context, triplet_status status) {
  if (--context->ranks->calls)
    return status;
  const bool told = context->ranks->told;
  context->ranks->told = false;
  return told && status != TRIPLET_OK ? status : agree_at(context, status, 0);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

void triplet_ranks_compare(triplet_context *context, const void *bytes, size_t size) {
  context->ranks->values = triplet_ranks_hash(context->ranks->values, bytes, size);
}

void triplet_ranks_compare_matrix(triplet_context *context, triplet_matrix matrix) {
  triplet_compare_number(context, matrix.rows);
  triplet_compare_number(context, matrix.cols);
  if (matrix.data) /* a free table has none */
    triplet_compare(context, matrix.data, matrix.rows * matrix.cols * sizeof *matrix.data);
}

void triplet_ranks_compare_labels(triplet_context *context, triplet_labels labels) {
  triplet_compare_ints(context, labels.integers);
  triplet_compare_ints(context, labels.ends);
  triplet_compare_matrix(context, labels.relations);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* The first of a rank's chunks, of which the first ranks have one more where they do not divide. */
static size_t first_chunk(size_t chunks, size_t rank, size_t size) {
  const size_t more = chunks % size;
  return chunks / size * rank + (rank < more ? rank : more);
}

static size_t first_row(triplet_cut cut, size_t rank, size_t size) {
  const size_t chunks = triplet_chunks(cut.rows, cut.together), chunk = first_chunk(chunks, rank, size);
  return chunk < chunks ? chunk * cut.together : cut.rows;
}

triplet_span triplet_rows_of_rank(triplet_cut cut, size_t rank, size_t size) {
  const size_t first = first_row(cut, rank, size);
  return (triplet_span){first, first_row(cut, rank + 1, size) - first};
}

static triplet_status gather_output(triplet_context *context, triplet_cut cut, const triplet_output *output) {
  triplet_ranks *ranks = context->ranks;
  const size_t *places = output->places;
  for (size_t rank = 0; rank < ranks->collective.size; rank++) {
    const triplet_span rows = triplet_rows_of_rank(cut, rank, ranks->collective.size);
    ranks->counts[rank] = (places ? places[rows.first + rows.count] - places[rows.first] : rows.count) * output->size;
  }
  return triplet_ranks_all_gather(context, output->data);
}

triplet_status triplet_ranks_gather(triplet_context *context, triplet_cut cut, const triplet_output *outputs,
                                    size_t count) {
  for (size_t i = 0; i < count; i++)
    if (outputs[i].data)
      TRIPLET_TRY(gather_output(context, cut, &outputs[i]));
  return TRIPLET_OK;
}

triplet_status triplet_ranks_share(triplet_context *context, triplet_status status, triplet_cut cut,
                                   const triplet_output *outputs, size_t count) {
  for (size_t i = 0; i < count; i++)
    triplet_compare_number(context, outputs[i].data != NULL);
  TRIPLET_TRY(agree_at(context, status, cut.rows));
  return triplet_ranks_gather(context, cut, outputs, count);
}

triplet_status triplet_ranks_least(triplet_context *context, size_t *number) {
  const size_t ranks = triplet_rank_count(context);
  size_t *numbers = triplet_allocate(context, ranks, sizeof *numbers);
  if (numbers)
    numbers[triplet_rank(context)] = *number;
  const triplet_status status =
      triplet_ranks_share(context, numbers ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY, (triplet_cut){ranks, 1},
                          &(triplet_output){numbers, sizeof *numbers, NULL}, 1);
  for (size_t rank = 0; rank < ranks && status == TRIPLET_OK; rank++)
    *number = numbers[rank] < *number ? numbers[rank] : *number;
  triplet_release(context, numbers);
  return status;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

#define TOGETHER 16 /* units, so that ranks write to lines of the cache of their own */

/* The parts on their way. */
typedef struct passing {
  triplet_cut cut; /* of the units, among the ranks */
  size_t own, all; /* parts: the rank's, and of all ranks */
  char *sent;      /* the rank's parts, each cut in spans: those of rank 0 first */
  char *received;  /* of all parts the rank's own span */
} passing;

static passing passing_of(const triplet_context *context, const triplet_parts *parts) {
  passing made = {.cut = {parts->units, TOGETHER}, .own = parts->count(parts->job, triplet_rank(context))};
  for (size_t rank = 0; rank < triplet_rank_count(context); rank++)
    made.all += parts->count(parts->job, rank);
  return made;
}

/* One part goes as it is. */
static triplet_status allocate(triplet_context *context, const triplet_parts *parts, passing *made) {
  const size_t units = triplet_own_rows(context, made->cut).count;
  made->received = triplet_allocate(context, made->all, units * parts->size);
  made->sent = made->own > 1 ? triplet_allocate(context, made->own, parts->units * parts->size) : NULL;
  return made->received && (made->sent || made->own <= 1) ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

/* Cuts the rank's parts, and counts the bytes that go to each rank and come from it. */
static void cut_parts(const triplet_context *context, const triplet_parts *parts, const passing *made) {
  const size_t size = context->ranks->collective.size, own = triplet_own_rows(context, made->cut).count;
  size_t *const counts = context->ranks->counts;
  char *to = made->sent;
  for (size_t rank = 0; rank < size; rank++) {
    const triplet_span units = triplet_rows_of_rank(made->cut, rank, size);
    const size_t bytes = units.count * parts->size;
    counts[rank] = made->own * bytes;
    counts[size + rank] = parts->count(parts->job, rank) * own * parts->size;
    for (size_t part = 0; to && part < made->own; part++, to += bytes)
      memcpy(to, (const char *)parts->own + (part * parts->units + units.first) * parts->size, bytes);
  }
}

static triplet_status exchange(triplet_context *context, const triplet_parts *parts, const passing *made) {
  cut_parts(context, parts, made);
  TRIPLET_TRY(triplet_ranks_all_to_all(context, made->sent ? made->sent : parts->own, made->received));
  parts->join(parts->job, made->received, made->all, triplet_own_rows(context, made->cut));
  return gather_output(context, made->cut, &(triplet_output){parts->whole, parts->size, NULL});
}

triplet_status triplet_join_parts(triplet_context *context, triplet_status status, const triplet_parts *parts) {
  passing made = passing_of(context, parts);
  if (status == TRIPLET_OK)
    status = allocate(context, parts, &made);
  status = agree_at(context, status, parts->units);
  if (status == TRIPLET_OK && parts->units)
    status = exchange(context, parts, &made);
  triplet_release(context, made.sent);
  triplet_release(context, made.received);
  return status;
}
