/* shard.c - rows that ranks share out, gathered by their numbers. */
#include "shard.h"

#include "tree.h"

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

/* A number of each rank on all of them, where there is room for them. */
static triplet_status exchange_numbers(triplet_context *context, size_t own, size_t *numbers) {
  TRIPLET_TRY(triplet_agree(context, numbers ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY));
  numbers[triplet_rank(context)] = own;
  const triplet_output one_each = {numbers, sizeof *numbers, NULL};
  return triplet_gather_rows(context, (triplet_cut){triplet_rank_count(context), 1}, &one_each, 1);
}

static size_t *allocate_numbers(triplet_context *context) {
  return triplet_allocate(context, triplet_rank_count(context), sizeof(size_t));
}

/* Where the first number of all rows is that is not finite, of those of this rank; SIZE_MAX: they all are. */
static size_t first_strange(const triplet_shard *shard) {
  const size_t cols = shard->own.cols;
  for (size_t i = 0; i < shard->own.rows * cols; i++)
    if (!triplet_is_finite(shard->own.data[i]))
      return (size_t)shard->held.data[i / cols] * cols + i % cols;
  return SIZE_MAX;
}

triplet_status triplet_check_shard_finite(triplet_context *context, const char *argument, const triplet_shard *shard) {
  size_t first = first_strange(shard);
  TRIPLET_TRY(triplet_ranks_least(context, &first));
  if (first == SIZE_MAX)
    return TRIPLET_OK;
  return triplet_fail(context, TRIPLET_NOT_FINITE, argument, "row %i, column %i is not finite", first / shard->own.cols,
                      first % shard->own.cols);
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

/* For so many rows of this rank. */
static triplet_status allocate(triplet_context *context, size_t held, triplet_owners *owners) {
  owners->ranks = triplet_allocate(context, owners->rows, sizeof *owners->ranks);
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

/* A list of no numbers may be NULL. */
static void copy_numbers(int32_t *to, const int32_t *from, size_t count) {
  if (count)
    memcpy(to, from, count * sizeof *to);
}

/* counts: of the rows that each rank has. */
static triplet_status exchange_lists(triplet_context *context, const char *argument, triplet_ints held,
                                     const size_t *counts, triplet_owners *owners) {
  size_t before = 0, sum = 0;
  for (size_t rank = 0; rank < owners->size; sum += counts[rank++])
    before = rank == owners->rank ? sum : before;
  int32_t *lists = triplet_allocate(context, sum, sizeof *lists);
  triplet_status status = triplet_agree(context, lists ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY);
  if (status == TRIPLET_OK) {
    for (size_t rank = 0; rank < owners->size; rank++)
      context->ranks->counts[rank] = counts[rank] * sizeof *lists;
    copy_numbers(lists + before, held.data, held.count);
    status = triplet_ranks_all_gather(context, lists);
  }
  if (status == TRIPLET_OK)
    status = take_lists(context, argument, lists, counts, owners);
  triplet_release(context, lists);
  return status;
}

triplet_status triplet_owners_create(triplet_context *context, const char *argument, const triplet_shard *shard,
                                     triplet_owners *owners) {
  const size_t held = shard->held.count, size = triplet_rank_count(context);
  size_t *counts = allocate_numbers(context);
  triplet_owners made = {.rows = shard->rows, .rank = triplet_rank(context), .size = size};
  triplet_status status = counts ? allocate(context, held, &made) : TRIPLET_OUT_OF_MEMORY;
  status = triplet_agree(context, status);
  if (status == TRIPLET_OK)
    status = exchange_numbers(context, held, counts);
  if (status == TRIPLET_OK)
    status = exchange_lists(context, argument, shard->held, counts, &made);
  triplet_release(context, counts);
  if (status != TRIPLET_OK) {
    triplet_owners_release(context, &made);
    return status;
  }
  copy_numbers(made.held, shard->held.data, held);
  made.count = held;
  *owners = made;
  return TRIPLET_OK;
}

triplet_status triplet_owners_order(triplet_context *context, const triplet_owners *from, const int32_t *order,
                                    triplet_owners *owners) {
  *owners = (triplet_owners){.rows = from->rows, .rank = from->rank, .size = from->size};
  TRIPLET_TRY(allocate(context, from->count, owners));
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

/* A block on its way: what each rank sends, one rank after another, each in the order in which it is asked for. */
static triplet_status exchange_block(triplet_context *context, const triplet_dealt *from, const triplet_asked *asked,
                                     float *received) {
  const triplet_owners *owners = from->owners;
  size_t *const counts = context->ranks->counts, before = 0;
  memset(counts, 0, owners->size * sizeof *counts);
  for (size_t i = 0; i < asked->count; i++) {
    const uint32_t rank = owners->ranks[asked_row(asked, i)];
    counts[rank]++;
    before += rank < owners->rank;
  }
  float *to = received + before * from->cols;
  for (size_t i = 0; i < asked->count; i++) {
    const size_t row = asked_row(asked, i);
    if (owners->ranks[row] != owners->rank)
      continue;
    memcpy(to, from->own + (triplet_owners_before(owners, row) - from->first) * from->cols, from->cols * sizeof *to);
    to += from->cols;
  }
  for (size_t rank = 0; rank < owners->size; rank++)
    counts[rank] *= from->cols * sizeof *to;
  return triplet_ranks_all_gather(context, received);
}

/* Puts what was received where it was asked for. */
static void place_block(const triplet_context *context, const triplet_dealt *from, const triplet_asked *asked,
                        const float *received, float *rows) {
  size_t *const next = context->ranks->counts; /* floats from here on: of each rank the next row */
  for (size_t rank = 0, before = 0; rank < from->owners->size; rank++) {
    const size_t floats = next[rank] / sizeof *received;
    next[rank] = before;
    before += floats;
  }
  for (size_t i = 0; i < asked->count; i++) {
    size_t *const at = &next[from->owners->ranks[asked_row(asked, i)]];
    memcpy(rows + i * from->cols, received + *at, from->cols * sizeof *rows);
    *at += from->cols;
  }
}

static size_t rows_of_block(size_t cols) {
  const size_t most = TRIPLET_BLOCK_FLOATS / (cols ? cols : 1) / TRIPLET_CHUNK_ROWS * TRIPLET_CHUNK_ROWS;
  return most ? most : TRIPLET_CHUNK_ROWS;
}

/* Up to a block. received: room for as many. */
static triplet_status gather_block(triplet_context *context, const triplet_dealt *from, const triplet_asked *asked,
                                   float *received, float *rows) {
  TRIPLET_TRY(exchange_block(context, from, asked, received));
  place_block(context, from, asked, received, rows);
  return TRIPLET_OK;
}

triplet_status triplet_dealt_gather(triplet_context *context, triplet_status status, const triplet_dealt *from,
                                    const triplet_asked *asked, float *rows) {
  const size_t cols = from->cols, count = asked->count, block = rows_of_block(cols);
  const size_t most = count < block ? count : block;
  float *received = status == TRIPLET_OK ? triplet_allocate(context, most, cols * sizeof *received) : NULL;
  triplet_compare_number(context, count);
  status = triplet_agree(context, status != TRIPLET_OK || received ? status : TRIPLET_OUT_OF_MEMORY);
  for (size_t i = 0; i < count && status == TRIPLET_OK; i += most) {
    const triplet_asked some = {asked->numbers ? asked->numbers + i : NULL, asked->first + i,
                                count - i < most ? count - i : most};
    status = gather_block(context, from, &some, received, rows + i * cols);
  }
  triplet_release(context, received);
  return status;
}

static bool is_there(triplet_span all, triplet_span span) {
  return span.first >= all.first && span.first + span.count <= all.first + all.count;
}

const float *triplet_reader_gather(triplet_reader *reader, triplet_span span) {
  triplet_context *context = reader->context;
  const size_t rows = reader->rows.rows, cols = reader->rows.cols, block = rows_of_block(cols);
  const size_t most = rows < block ? rows : block;
  if (!reader->block && reader->status == TRIPLET_OK) {
    reader->block = triplet_allocate(context, 2 * most, cols * sizeof *reader->block); /* and what is received */
    reader->status = triplet_agree(context, reader->block ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY);
  }
  if (reader->status == TRIPLET_OK && !is_there(reader->there, span)) {
    reader->there = triplet_span_part((triplet_span){0, rows}, span.first, most);
    const triplet_asked asked = {NULL, reader->there.first, reader->there.count};
    reader->status = gather_block(context, reader->from, &asked, reader->block + most * cols, reader->block);
  }
  return reader->status == TRIPLET_OK ? reader->block + (span.first - reader->there.first) * cols : NULL;
}
