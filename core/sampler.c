/* sampler.c - batches of P classes x K rows, in which no row stands twice.
 *
 * Everything is taken from cycles: a list in a shuffled order, all of it used before any of it is used again. Each
 * order is keyed by the seed, by whose list it is and by the number of the cycle, so that few numbers say where a
 * sampler is. */
#include "sampler.h"

#include "keys.h"

/* Streams of randomness of a seed, named so that they stay apart from those of a trainer with the same seed. */
enum { CLASSES_STREAM = 0x636c6173, ROWS_STREAM = 0x726f7773, TURNS_STREAM = 0x7475726e, DEALING_STREAM = 0x6465616c };

/* Where in its cycles a list is. */
typedef struct place {
  uint64_t cycle;
  size_t used;     /* of this cycle */
  size_t repeated; /* at its end: what a batch had from the last cycle already when it went on with this one */
} place;

/* What a batch that was drawn changes when it is accepted. */
typedef struct change {
  size_t class;
  place to;
} change;

struct triplet_sampler {
  triplet_context owner;
  triplet_sampler_options options;
  size_t rows, labelled; /* of the labels; of these, those that have a label */
  size_t classes;        /* of two rows or more; the single rows of all others are class number `classes` */
  int32_t *members;      /* those of class c are members[starts[c]] .. members[starts[c + 1] - 1], ascending */
  int32_t *starts;       /* classes + 2 */
  int32_t *order;        /* balanced: members in the order of their cycles; epoch: all rows, batch after batch */
  int32_t *next_order;   /* members in the order of the cycles that the batch begins */
  uint8_t *marks;        /* rows, 0 between calls */
  uint64_t round;        /* the number of the next batch, or of the epoch */

  /* balanced */
  place *places;          /* classes + 1 */
  int32_t *taken;         /* members: the next ones of a class */
  uint8_t *drawn_already; /* rows, 0 between calls: of the batch */
  int32_t *drawn;         /* the classes: 0, 1, 2, ... between draws */
  int32_t *from;          /* the places that the classes of a batch are drawn from */
  change *changes;        /* of the batch, at most classes_per_batch + 1 */
  size_t change_count;

  /* epoch: each class is cut into groups of K rows, which are dealt out to the batches; a single row is a group. */
  size_t turns, groups, batches; /* a turn is that of a class or a single row */
  size_t next;                   /* batch of this epoch */
  bool dealt;                    /* order and ends are those of this epoch */
  int32_t *first_group;          /* classes + 1 */
  int32_t *numbers;              /* 0, 1, 2, ... */
  int32_t *order_of_turns;
  int32_t *deck;     /* batches: their numbers, shuffled */
  int32_t *batch_of; /* groups */
  int32_t *ends;     /* batches: of each in order */
};

/* ---- cycles ------------------------------------------------------------------------------------------------------ */

static triplet_random keyed(const triplet_sampler *sampler, uint64_t stream, uint64_t a, uint64_t b) {
  const int64_t seed = (int64_t)triplet_random_keyed(sampler->options.seed, stream, a);
  return (triplet_random){triplet_random_keyed(seed, b, 0)};
}

/* A list with its two orders: of this cycle and, in memory that may be the same, of the next. */
typedef struct list {
  const int32_t *items;
  int32_t *order, *next_order;
  size_t count;
  uint64_t stream, key; /* of its randomness */
} list;

/* The items in the order of a cycle, those of `last` at its end. */
static void begin_cycle(triplet_sampler *sampler, const list *of, uint64_t cycle, triplet_ints last, int32_t *order) {
  triplet_random random = keyed(sampler, of->stream, of->key, cycle);
  for (size_t i = 0; i < of->count; i++) {
    const size_t at = (size_t)triplet_random_below(&random, i + 1);
    order[i] = order[at];
    order[at] = of->items[i];
  }
  if (!last.count)
    return;
  size_t kept = 0;
  for (size_t i = 0; i < last.count; i++)
    sampler->marks[last.data[i]] = 1;
  for (size_t i = 0; i < of->count; i++)
    if (!sampler->marks[order[i]])
      order[kept++] = order[i];
  for (size_t i = 0; i < last.count; i++) {
    sampler->marks[last.data[i]] = 0;
    order[kept + i] = last.data[i];
  }
}

/* The next `wanted` items, at most all, none of them twice. Returns where the list is then. */
static place take(triplet_sampler *sampler, const list *from, place at, size_t wanted, int32_t *taken) {
  const size_t left = from->count - at.used, first = wanted < left ? wanted : left;
  memcpy(taken, from->order + at.used, first * sizeof *taken);
  at.used += first;
  if (first == wanted)
    return at;
  begin_cycle(sampler, from, at.cycle + 1, (triplet_ints){taken, first}, from->next_order);
  memcpy(taken + first, from->next_order, (wanted - first) * sizeof *taken);
  return (place){at.cycle + 1, wanted - first, first};
}

static list rows_of(const triplet_sampler *sampler, size_t class) {
  const size_t start = (size_t)sampler->starts[class];
  return (list){.items = sampler->members + start,
                .order = sampler->order + start,
                .next_order = sampler->next_order + start,
                .count = (size_t)sampler->starts[class + 1] - start,
                .stream = ROWS_STREAM,
                .key = class};
}

/* ---- balanced: P classes drawn alike, K rows of each, and what room is left for single rows ---------------------- */

static size_t room(const triplet_sampler_options *options) {
  const size_t p = (size_t)options->classes_per_batch, k = (size_t)options->rows_per_class;
  return p > SIZE_MAX / k ? SIZE_MAX : p * k;
}

/* A row that was drawn for another of its labels is there already, for this one, too. */
static size_t draw_rows(triplet_sampler *sampler, size_t class, size_t most, int32_t *rows) {
  const list from = rows_of(sampler, class);
  const size_t wanted = from.count < most ? from.count : most;
  int32_t *taken = sampler->taken;
  size_t count = 0;
  if (wanted)
    sampler->changes[sampler->change_count++] =
        (change){class, take(sampler, &from, sampler->places[class], wanted, taken)};
  for (size_t i = 0; i < wanted; i++) {
    if (!sampler->drawn_already[taken[i]])
      rows[count++] = taken[i];
    sampler->drawn_already[taken[i]] = 1;
  }
  return count;
}

static void swap(int32_t *a, int32_t *b) {
  const int32_t kept = *a;
  *a = *b;
  *b = kept;
}

/* Classes change places as they are drawn, and back afterwards: each draw begins from the same order. */
static size_t draw_balanced(triplet_sampler *sampler, int32_t *rows) {
  const triplet_sampler_options *options = &sampler->options;
  const size_t chosen =
      (size_t)options->classes_per_batch < sampler->classes ? (size_t)options->classes_per_batch : sampler->classes;
  triplet_random random = keyed(sampler, CLASSES_STREAM, sampler->round, 0);
  int32_t *classes = sampler->drawn, *from = sampler->from;
  size_t count = 0;
  sampler->change_count = 0;
  for (size_t i = 0; i < chosen; i++) {
    from[i] = (int32_t)(i + triplet_random_below(&random, sampler->classes - i));
    swap(&classes[i], &classes[from[i]]);
    count += draw_rows(sampler, (size_t)classes[i], (size_t)options->rows_per_class, rows + count);
  }
  if (chosen)
    count += draw_rows(sampler, sampler->classes, room(options) - count, rows + count);
  for (size_t i = chosen; i-- > 0;)
    swap(&classes[i], &classes[from[i]]);
  for (size_t i = 0; i < count; i++)
    sampler->drawn_already[rows[i]] = 0;
  return count;
}

static void accept_balanced(triplet_sampler *sampler) {
  for (size_t i = 0; i < sampler->change_count; i++) {
    const change *made = &sampler->changes[i];
    const list of = rows_of(sampler, made->class);
    if (made->to.cycle != sampler->places[made->class].cycle)
      memcpy(of.order, of.next_order, of.count * sizeof *of.order);
    sampler->places[made->class] = made->to;
  }
  sampler->change_count = 0;
  sampler->round++;
}

/* ---- epoch: every row once --------------------------------------------------------------------------------------- */

/* Of a class, or of the single rows, each of which is a group. */
static size_t groups_of(const triplet_sampler *sampler, size_t class) {
  const size_t rows = rows_of(sampler, class).count, k = (size_t)sampler->options.rows_per_class;
  return class == sampler->classes ? rows : rows / k + (rows % k > 0);
}

static size_t group_rows(const triplet_sampler *sampler, size_t class) {
  return class == sampler->classes ? 1 : (size_t)sampler->options.rows_per_class;
}

/* As many batches as P groups each fill, fewer where some would be of one class alone, but so many that no class has
 * two groups in one. */
static void count_groups(triplet_sampler *sampler) {
  const size_t p = (size_t)sampler->options.classes_per_batch;
  size_t most = 1;
  for (size_t c = 0; c <= sampler->classes; c++) {
    const size_t groups = groups_of(sampler, c);
    sampler->first_group[c] = (int32_t)sampler->groups;
    sampler->groups += groups;
    if (c < sampler->classes && groups > most)
      most = groups;
  }
  size_t batches = sampler->groups / p + (sampler->groups % p > 0);
  if (batches > sampler->groups / 2)
    batches = sampler->groups / 2;
  sampler->batches = batches > most ? batches : most;
}

/* Groups to batches as cards are dealt: each batch gets as many as the next, but for one. Classes take their turns in
 * another order each epoch, as those whose groups lie in one round of the deck do not meet. */
static void deal_groups(triplet_sampler *sampler) {
  const list turns = {.items = sampler->numbers, .count = sampler->turns, .stream = TURNS_STREAM};
  const list batches = {.items = sampler->numbers,
                        .order = sampler->deck,
                        .next_order = sampler->deck,
                        .count = sampler->batches,
                        .stream = DEALING_STREAM,
                        .key = sampler->round};
  place at = {0};
  begin_cycle(sampler, &turns, sampler->round, (triplet_ints){0}, sampler->order_of_turns);
  begin_cycle(sampler, &batches, 0, (triplet_ints){0}, batches.order);
  for (size_t i = 0; i < sampler->turns; i++) {
    const size_t turn = (size_t)sampler->order_of_turns[i], class = turn < sampler->classes ? turn : sampler->classes;
    const size_t first = (size_t)sampler->first_group[class] + (turn - class);
    at = take(sampler, &batches, at, class < sampler->classes ? groups_of(sampler, class) : 1,
              sampler->batch_of + first);
  }
}

/* A last batch of one class alone changes places with one of more. */
static void mix_last(triplet_sampler *sampler) {
  const int32_t last = (int32_t)sampler->batches - 1;
  int32_t *groups = sampler->ends, mixed = last;
  memset(groups, 0, sampler->batches * sizeof *groups);
  for (size_t g = 0; g < sampler->groups; g++)
    groups[sampler->batch_of[g]]++;
  while (mixed > 0 && groups[mixed] < 2)
    mixed--;
  for (size_t g = 0; g < sampler->groups && groups[mixed] > 1; g++)
    if (sampler->batch_of[g] == mixed || sampler->batch_of[g] == last)
      sampler->batch_of[g] = sampler->batch_of[g] == mixed ? last : mixed;
}

/* Moves the end of each batch on by its rows. put: from where it begins, and the rows are put there. */
static void deal_rows(triplet_sampler *sampler, bool put) {
  const int32_t *batch = sampler->batch_of;
  for (size_t c = 0; c <= sampler->classes; c++) {
    const list rows = rows_of(sampler, c);
    const size_t most = group_rows(sampler, c);
    if (put)
      begin_cycle(sampler, &rows, sampler->round, (triplet_ints){0}, rows.next_order);
    for (size_t first = 0; first < rows.count; first += most, batch++) {
      const size_t count = rows.count - first < most ? rows.count - first : most;
      if (put)
        memcpy(sampler->order + sampler->ends[*batch], rows.next_order + first, count * sizeof *rows.order);
      sampler->ends[*batch] += (int32_t)count;
    }
  }
}

static void deal(triplet_sampler *sampler) {
  deal_groups(sampler);
  mix_last(sampler);
  memset(sampler->ends, 0, sampler->batches * sizeof *sampler->ends);
  deal_rows(sampler, false);
  int32_t begin = 0;
  for (size_t i = 0; i < sampler->batches; i++) {
    const int32_t count = sampler->ends[i];
    sampler->ends[i] = begin;
    begin += count;
  }
  deal_rows(sampler, true);
  sampler->dealt = true;
}

static size_t draw_epoch(triplet_sampler *sampler, int32_t *rows) {
  if (!sampler->labelled)
    return 0;
  if (!sampler->dealt)
    deal(sampler);
  const int32_t begin = sampler->next ? sampler->ends[sampler->next - 1] : 0;
  const size_t count = (size_t)(sampler->ends[sampler->next] - begin);
  memcpy(rows, sampler->order + begin, count * sizeof *rows);
  return count;
}

static void accept_epoch(triplet_sampler *sampler) {
  if (++sampler->next < sampler->batches)
    return;
  sampler->next = 0;
  sampler->round++;
  sampler->dealt = false;
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

static bool is_epoch(const triplet_sampler *sampler) {
  return sampler->options.sampler == TRIPLET_SAMPLER_EPOCH;
}

size_t triplet_sampler_draw(triplet_sampler *sampler, int32_t *rows) {
  return is_epoch(sampler) ? draw_epoch(sampler, rows) : draw_balanced(sampler, rows);
}

void triplet_sampler_accept(triplet_sampler *sampler) {
  if (is_epoch(sampler))
    accept_epoch(sampler);
  else
    accept_balanced(sampler);
}

size_t triplet_sampler_next(triplet_sampler *sampler, int32_t *rows) {
  const size_t count = triplet_sampler_draw(sampler, rows);
  triplet_sampler_accept(sampler);
  return count;
}

size_t triplet_sampler_batch_rows(const triplet_sampler *sampler) {
  size_t most = room(&sampler->options);
  if (is_epoch(sampler)) {
    const size_t k = sampler->classes ? (size_t)sampler->options.rows_per_class : 1, batches = sampler->batches;
    const size_t groups = sampler->groups / batches + (sampler->groups % batches > 0);
    most = groups > SIZE_MAX / k ? SIZE_MAX : groups * k;
  } else if (!sampler->classes) {
    return 0;
  }
  return most < sampler->labelled ? most : sampler->labelled;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* Epochs have every row once, so one of several labels stands under that of the fewest rows, two at least: those of
 * many rows meet by themselves. Ties go to the lowest label. */
static bool keep_rarest(triplet_context *context, const triplet_sampler *sampler, triplet_classes *classes) {
  size_t *fewest = triplet_allocate(context, sampler->rows, sizeof *fewest), kept = 0;
  if (!fewest)
    return false;
  for (size_t i = 0; i < sampler->rows; i++)
    fewest[i] = 0;
  for (size_t first = 0; first < classes->count;) {
    const triplet_class class = triplet_class_from(classes, first);
    first += class.count;
    for (size_t i = 0; i < class.count; i++) {
      size_t *least = &fewest[triplet_key_row(class.keys[i])];
      if (*least < 2 || (class.count > 1 && class.count < *least))
        *least = class.count;
    }
  }

  for (size_t first = 0; first < classes->count;) {
    const triplet_class class = triplet_class_from(classes, first);
    first += class.count;
    for (size_t i = 0; i < class.count; i++) {
      const uint64_t key = class.keys[i];
      if (fewest[triplet_key_row(key)] != class.count)
        continue;
      fewest[triplet_key_row(key)] = 0;
      classes->keys[kept++] = key;
    }
  }
  classes->count = kept;
  triplet_release(context, fewest);
  return true;
}

/* Those of two rows or more first, behind them the rows that stand in none of them. */
static void list_members(const triplet_classes *classes, triplet_sampler *sampler) {
  int32_t *next = sampler->members;
  for (int single = 0; single < 2; single++) {
    for (size_t first = 0; first < classes->count;) {
      const triplet_class class = triplet_class_from(classes, first);
      first += class.count;
      if ((class.count < 2) != single)
        continue;
      for (size_t i = 0; i < class.count; i++) {
        const size_t row = triplet_key_row(class.keys[i]);
        if (!single || !sampler->marks[row])
          *next++ = (int32_t)row;
        sampler->labelled += !sampler->marks[row];
        sampler->marks[row] = 1;
      }
      if (!single)
        sampler->starts[++sampler->classes] = (int32_t)(next - sampler->members);
    }
  }
  sampler->starts[sampler->classes + 1] = (int32_t)(next - sampler->members);
  memset(sampler->marks, 0, sampler->rows);
}

static bool allocate_balanced(triplet_context *context, triplet_sampler *sampler) {
  const size_t classes = sampler->classes, p = (size_t)sampler->options.classes_per_batch;
  const size_t members = (size_t)sampler->starts[classes + 1];
  sampler->places = triplet_allocate(context, classes + 1, sizeof *sampler->places);
  sampler->taken = triplet_allocate(context, members, sizeof *sampler->taken);
  sampler->drawn_already = triplet_allocate(context, sampler->rows, sizeof *sampler->drawn_already);
  sampler->drawn = triplet_allocate(context, classes, sizeof *sampler->drawn);
  sampler->from = triplet_allocate(context, classes, sizeof *sampler->from);
  sampler->changes = triplet_allocate(context, (p < classes ? p : classes) + 1, sizeof *sampler->changes);
  if (!sampler->places || !sampler->taken || !sampler->drawn_already || !sampler->drawn || !sampler->from ||
      !sampler->changes)
    return false;
  memset(sampler->drawn_already, 0, sampler->rows);
  for (size_t c = 0; c <= classes; c++) {
    const list of = rows_of(sampler, c);
    sampler->places[c] = (place){0};
    begin_cycle(sampler, &of, 0, (triplet_ints){0}, of.order);
  }
  for (size_t c = 0; c < classes; c++)
    sampler->drawn[c] = (int32_t)c;
  return true;
}

static bool allocate_epoch(triplet_context *context, triplet_sampler *sampler) {
  sampler->first_group = triplet_allocate(context, sampler->classes + 1, sizeof *sampler->first_group);
  if (!sampler->first_group)
    return false;
  count_groups(sampler);
  sampler->turns = sampler->classes + rows_of(sampler, sampler->classes).count;
  const size_t most = sampler->turns > sampler->batches ? sampler->turns : sampler->batches;
  sampler->numbers = triplet_allocate(context, most, sizeof *sampler->numbers);
  sampler->order_of_turns = triplet_allocate(context, sampler->turns, sizeof *sampler->order_of_turns);
  sampler->deck = triplet_allocate(context, sampler->batches, sizeof *sampler->deck);
  sampler->ends = triplet_allocate(context, sampler->batches, sizeof *sampler->ends);
  sampler->batch_of = triplet_allocate(context, sampler->groups, sizeof *sampler->batch_of);
  if (!sampler->numbers || !sampler->order_of_turns || !sampler->deck || !sampler->ends || !sampler->batch_of)
    return false;
  for (size_t i = 0; i < most; i++)
    sampler->numbers[i] = (int32_t)i;
  return true;
}

static bool fill(triplet_context *context, triplet_classes *classes, triplet_sampler *sampler) {
  if (is_epoch(sampler) && !keep_rarest(context, sampler, classes))
    return false;
  const size_t members = classes->count;
  sampler->members = triplet_allocate(context, members, sizeof *sampler->members);
  sampler->starts = triplet_allocate(context, members / 2 + 2, sizeof *sampler->starts);
  sampler->order = triplet_allocate(context, members, sizeof *sampler->order);
  sampler->next_order = triplet_allocate(context, members, sizeof *sampler->next_order);
  sampler->marks = triplet_allocate(context, sampler->rows, sizeof *sampler->marks);
  if (!sampler->members || !sampler->starts || !sampler->order || !sampler->next_order || !sampler->marks)
    return false;
  memset(sampler->marks, 0, sampler->rows);
  sampler->starts[0] = 0;
  list_members(classes, sampler);
  return is_epoch(sampler) ? allocate_epoch(context, sampler) : allocate_balanced(context, sampler);
}

triplet_status triplet_sampler_create(triplet_context *context, const triplet_sampler_options *options,
                                      triplet_labels labels, triplet_sampler **sampler) {
  TRIPLET_TRY(triplet_schema_check(context, TRIPLET_SCHEMA_SAMPLER, options));
  TRIPLET_TRY(triplet_check_labels_alone(context, labels));
  if (!sampler)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "sampler", "expected a place for the sampler, got NULL");
  triplet_classes classes;
  TRIPLET_TRY(triplet_classes_create(context, labels, TRIPLET_NO_LABEL, NULL, &classes));
  triplet_sampler *made = triplet_allocate(context, 1, sizeof *made);
  if (made) {
    *made = (triplet_sampler){
        .owner = triplet_owner_of(context), .options = *options, .rows = triplet_labelled_rows(labels)};
    if (!fill(context, &classes, made)) {
      triplet_sampler_destroy(made);
      made = NULL;
    }
  }
  triplet_release(context, classes.keys);
  if (!made)
    return TRIPLET_OUT_OF_MEMORY;
  *sampler = made;
  return TRIPLET_OK;
}

void triplet_sampler_destroy(triplet_sampler *sampler) {
  if (!sampler)
    return;
  triplet_context owner = sampler->owner;
  void *const parts[] = {sampler->drawn_already, sampler->taken,      sampler->from,  sampler->order_of_turns,
                         sampler->first_group,   sampler->batch_of,   sampler->ends,  sampler->deck,
                         sampler->numbers,       sampler->changes,    sampler->drawn, sampler->places,
                         sampler->marks,         sampler->next_order, sampler->order, sampler->starts,
                         sampler->members};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    triplet_release(&owner, parts[i]);
  triplet_release(&owner, sampler);
}

/* ---- where it is, as numbers ------------------------------------------------------------------------------------- */

/* What stands first; with balanced, cycle, used, repeated and the repeated rows of each class follow. Files keep it, so
 * nothing here is the number of an enum. */
enum { STATE_IS_EPOCH, STATE_CLASSES_PER_BATCH, STATE_ROWS_PER_CLASS, STATE_ROUND, STATE_NEXT, STATE_HEAD };

size_t triplet_sampler_state(const triplet_sampler *sampler, int64_t *values) {
  size_t count = STATE_HEAD;
  if (values) {
    values[STATE_IS_EPOCH] = is_epoch(sampler);
    values[STATE_CLASSES_PER_BATCH] = sampler->options.classes_per_batch;
    values[STATE_ROWS_PER_CLASS] = sampler->options.rows_per_class;
    values[STATE_ROUND] = (int64_t)sampler->round;
    values[STATE_NEXT] = (int64_t)sampler->next;
  }
  for (size_t c = 0; !is_epoch(sampler) && c <= sampler->classes; c++) {
    const place *at = &sampler->places[c];
    const list rows = rows_of(sampler, c);
    if (values) {
      values[count] = (int64_t)at->cycle;
      values[count + 1] = (int64_t)at->used;
      values[count + 2] = (int64_t)at->repeated;
      for (size_t i = 0; i < at->repeated; i++)
        values[count + 3 + i] = rows.order[rows.count - at->repeated + i];
    }
    count += 3 + at->repeated;
  }
  return count;
}

/* Rows of the list that stand there once each. */
static bool are_repeated(triplet_sampler *sampler, const list *of, const int64_t *rows, size_t count) {
  size_t found = 0;
  for (size_t i = 0; i < count; i++)
    if (rows[i] >= 0 && (uint64_t)rows[i] < sampler->rows)
      sampler->marks[rows[i]] = 1;
  for (size_t i = 0; i < of->count; i++) {
    found += sampler->marks[of->items[i]];
    sampler->marks[of->items[i]] = 0;
  }
  for (size_t i = 0; i < count; i++)
    if (rows[i] >= 0 && (uint64_t)rows[i] < sampler->rows)
      sampler->marks[rows[i]] = 0;
  return found == count;
}

/* How many of the values say where the class is, 0 when they do not. put: the class is put there. */
static size_t read_place(triplet_sampler *sampler, size_t class, const int64_t *values, size_t count, bool put) {
  const list of = rows_of(sampler, class);
  if (count < 3 || values[0] < 0 || values[1] < 0 || (uint64_t)values[1] > of.count || values[2] < 0 ||
      (uint64_t)values[2] > of.count || (uint64_t)values[2] > count - 3)
    return 0;
  const place at = {(uint64_t)values[0], (size_t)values[1], (size_t)values[2]};
  if (!are_repeated(sampler, &of, values + 3, at.repeated))
    return 0;
  if (put) {
    for (size_t i = 0; i < at.repeated; i++)
      of.next_order[i] = (int32_t)values[3 + i];
    begin_cycle(sampler, &of, at.cycle, (triplet_ints){of.next_order, at.repeated}, of.order);
    sampler->places[class] = at;
  }
  return 3 + at.repeated;
}

static bool read_places(triplet_sampler *sampler, const int64_t *values, size_t count, bool put) {
  size_t at = STATE_HEAD;
  for (size_t c = 0; c <= sampler->classes; c++) {
    const size_t read = read_place(sampler, c, values + at, count - at, put);
    if (!read)
      return false;
    at += read;
  }
  return at == count;
}

static bool restore_balanced(triplet_sampler *sampler, const int64_t *values, size_t count) {
  if (!read_places(sampler, values, count, false))
    return false;
  sampler->round = (uint64_t)values[STATE_ROUND];
  return read_places(sampler, values, count, true);
}

/* Batches of another shape begin the next epoch. */
static bool restore_epoch(triplet_sampler *sampler, const int64_t *values, size_t count) {
  const bool same = values[STATE_CLASSES_PER_BATCH] == sampler->options.classes_per_batch &&
                    values[STATE_ROWS_PER_CLASS] == sampler->options.rows_per_class;
  const int64_t next = values[STATE_NEXT];
  if (count != STATE_HEAD || next < 0 || (same && (uint64_t)next >= sampler->batches))
    return false;
  sampler->round = (uint64_t)values[STATE_ROUND] + (!same && next > 0);
  sampler->next = same ? (size_t)next : 0;
  sampler->dealt = false;
  return true;
}

bool triplet_sampler_restore(triplet_sampler *sampler, const int64_t *values, size_t count) {
  if (count < STATE_HEAD || values[STATE_IS_EPOCH] != is_epoch(sampler) || values[STATE_ROUND] < 0)
    return false;
  return is_epoch(sampler) ? restore_epoch(sampler, values, count) : restore_balanced(sampler, values, count);
}
