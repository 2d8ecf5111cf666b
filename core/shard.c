/* shard.c - rows that ranks share out, gathered by their numbers. */
#include "shard.h"

/* ---- one rank's part --------------------------------------------------------------------------------------------- */

triplet_status triplet_check_shard(triplet_context *context, const char *argument, triplet_shard *shard) {
  const triplet_ints held = shard->held;
  if (shard->rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument, "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, shard->rows);
  TRIPLET_TRY(triplet_check_matrix(context, argument, &shard->own));
  TRIPLET_TRY(triplet_check_ints(context, argument, held, shard->own.rows));
  for (size_t i = 0; i < held.count; i++)
    if (held.data[i] < 0 || (size_t)held.data[i] >= shard->rows || (i && held.data[i] <= held.data[i - 1]))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument,
                          "expected ascending numbers of %z rows, got row %i at index %i", shard->rows,
                          (size_t)held.data[i], i);
  triplet_compare_number(context, shard->rows);
  triplet_compare_number(context, shard->own.cols);
  return TRIPLET_OK;
}

triplet_status triplet_shard_rows(triplet_context *context, const char *argument, const triplet_shard *shard,
                                  triplet_matrix *rows) {
  if (shard->held.count != shard->rows)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument,
                        "expected all %z rows where there is one rank, got %z", shard->rows, shard->held.count);
  *rows = shard->own;
  return TRIPLET_OK;
}

/* ---- who has what ------------------------------------------------------------------------------------------------ */

void triplet_owners_release(triplet_context *context, triplet_owners *owners) {
  triplet_release(context, owners->held);
  triplet_release(context, owners->ranks);
  *owners = (triplet_owners){0};
}

static triplet_status allocate(triplet_context *context, size_t rows, size_t held, triplet_owners *owners) {
  *owners = (triplet_owners){.rows = rows, .rank = triplet_rank(context), .size = triplet_rank_count(context)};
  owners->ranks = triplet_allocate(context, rows, sizeof *owners->ranks);
  owners->held = triplet_allocate(context, held, sizeof *owners->held);
  if (owners->ranks && owners->held)
    return TRIPLET_OK;
  triplet_owners_release(context, owners);
  return TRIPLET_OUT_OF_MEMORY;
}

/* lists: which rows each rank has, one rank after another, of counts[rank]. Every rank says the same of them. */
static triplet_status take_lists(triplet_context *context, const char *argument, const int32_t *lists,
                                 const size_t *counts, triplet_owners *owners) {
  const uint32_t nobody = UINT32_MAX;
  for (size_t row = 0; row < owners->rows; row++)
    owners->ranks[row] = nobody;
  for (size_t rank = 0; rank < owners->size; lists += counts[rank++])
    for (size_t i = 0; i < counts[rank]; i++) {
      uint32_t *const owner = &owners->ranks[lists[i]];
      if (*owner != nobody)
        return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument,
                            "expected each row on one rank, got row %i on rank %z and on rank %z", (size_t)lists[i],
                            (size_t)*owner, rank);
      *owner = (uint32_t)rank;
    }
  for (size_t row = 0; row < owners->rows; row++)
    if (owners->ranks[row] == nobody)
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, argument,
                          "expected each row on one rank, got row %i of %z on none", row, owners->rows);
  return TRIPLET_OK;
}

/* How many rows each rank has, and in how many bytes their numbers are sent. */
static triplet_status exchange_counts(triplet_context *context, size_t own, size_t *counts, size_t *sum) {
  const size_t size = triplet_rank_count(context);
  counts[triplet_rank(context)] = own;
  const triplet_output one_each = {counts, sizeof *counts, NULL};
  TRIPLET_TRY(triplet_gather_rows(context, (triplet_cut){size, 1}, &one_each, 1));
  *sum = 0;
  for (size_t rank = 0; rank < size; rank++)
    *sum += counts[rank];
  return TRIPLET_OK;
}

static triplet_status exchange_lists(triplet_context *context, const char *argument, triplet_ints held,
                                     const size_t *counts, size_t sum, triplet_owners *owners) {
  int32_t *lists = triplet_allocate(context, sum, sizeof *lists);
  triplet_status status = triplet_agree(context, lists ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY);
  if (status == TRIPLET_OK) {
    size_t before = 0;
    for (size_t rank = 0; rank < owners->size; rank++) {
      context->ranks->counts[rank] = counts[rank] * sizeof *lists;
      before += rank < owners->rank ? counts[rank] : 0;
    }
    memcpy(lists + before, held.data, held.count * sizeof *lists);
    status = triplet_ranks_all_gather(context, lists);
  }
  if (status == TRIPLET_OK)
    status = take_lists(context, argument, lists, counts, owners);
  triplet_release(context, lists);
  return status;
}

triplet_status triplet_owners_create(triplet_context *context, const char *argument, const triplet_shard *shard,
                                     triplet_owners *owners) {
  const size_t held = shard->held.count;
  size_t *counts = triplet_allocate(context, triplet_rank_count(context), sizeof *counts), sum = 0;
  *owners = (triplet_owners){0};
  triplet_status status = counts ? allocate(context, shard->rows, held, owners) : TRIPLET_OUT_OF_MEMORY;
  status = triplet_agree(context, status);
  if (status == TRIPLET_OK)
    status = exchange_counts(context, held, counts, &sum);
  if (status == TRIPLET_OK)
    status = exchange_lists(context, argument, shard->held, counts, sum, owners);
  triplet_release(context, counts);
  if (status != TRIPLET_OK) {
    triplet_owners_release(context, owners);
    return status;
  }
  owners->count = held;
  memcpy(owners->held, shard->held.data, held * sizeof *owners->held);
  return TRIPLET_OK;
}

triplet_status triplet_owners_order(triplet_context *context, const triplet_owners *from, const int32_t *order,
                                    triplet_owners *owners) {
  TRIPLET_TRY(allocate(context, from->rows, from->count, owners));
  for (size_t row = 0; row < from->rows; row++) {
    owners->ranks[row] = from->ranks[order[row]];
    if (owners->ranks[row] == owners->rank)
      owners->held[owners->count++] = (int32_t)row;
  }
  return TRIPLET_OK;
}

size_t triplet_owners_before(const triplet_owners *owners, size_t row) {
  size_t low = 0, high = owners->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if ((size_t)owners->held[middle] < row)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static size_t asked_row(const triplet_asked *asked, size_t i) {
  return asked->numbers ? (size_t)asked->numbers[i] : asked->first + i;
}

/* Counts the bytes of each rank, and puts the rank's own where they go. Returns where the rows of each rank begin. */
static size_t *begin_gathering(const triplet_context *context, const triplet_dealt *from, const triplet_asked *asked,
                               float *received) {
  const triplet_owners *owners = from->owners;
  size_t *const counts = context->ranks->counts, *const begins = counts + owners->size;
  size_t before = 0;
  memset(counts, 0, owners->size * sizeof *counts);
  for (size_t i = 0; i < asked->count; i++)
    counts[owners->ranks[asked_row(asked, i)]]++;
  for (size_t rank = 0; rank < owners->size; before += counts[rank++])
    begins[rank] = before;
  float *to = received + begins[owners->rank] * from->cols;
  for (size_t i = 0; i < asked->count; i++) {
    const size_t row = asked_row(asked, i);
    if (owners->ranks[row] != owners->rank)
      continue;
    memcpy(to, from->own + (triplet_owners_before(owners, row) - from->first) * from->cols, from->cols * sizeof *to);
    to += from->cols;
  }
  for (size_t rank = 0; rank < owners->size; rank++)
    counts[rank] *= from->cols * sizeof *to;
  return begins;
}

triplet_status triplet_dealt_gather(triplet_context *context, triplet_status status, const triplet_dealt *from,
                                    const triplet_asked *asked, float *rows) {
  const triplet_owners *owners = from->owners;
  const size_t cols = from->cols;
  float *received = status == TRIPLET_OK ? triplet_allocate(context, asked->count, cols * sizeof *received) : NULL;
  triplet_compare_number(context, asked->count);
  status = triplet_agree(context, status != TRIPLET_OK || received ? status : TRIPLET_OUT_OF_MEMORY);
  if (status == TRIPLET_OK) {
    size_t *const begins = begin_gathering(context, from, asked, received);
    status = triplet_ranks_all_gather(context, received);
    for (size_t i = 0; i < asked->count && status == TRIPLET_OK; i++) {
      const size_t next = begins[owners->ranks[asked_row(asked, i)]]++;
      memcpy(rows + i * cols, received + next * cols, cols * sizeof *rows);
    }
  }
  triplet_release(context, received);
  return status;
}
