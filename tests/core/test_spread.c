/* Tables whose rows are spread over ranks: notes, recipe, label and, put together again, cells and matrix are those of
 * one rank alone, byte for byte; and what goes wrong on one rank all say. The ranks are threads (ranks.c). */
#include <stdlib.h>
#include <string.h>

#include "../../core/table.h"
#include "ranks.h"
#include "tables.h"

/* ---- what is read of a table ------------------------------------------------------------------------------------- */

enum { MOST_BYTES = 1 << 18 };

/* All that can be known of it, one after another. */
typedef struct findings {
  size_t size;
  char bytes[MOST_BYTES];
} findings;

static void *add(findings *to, const void *bytes, size_t size) {
  assert_true(size <= MOST_BYTES - to->size);
  char *at = to->bytes + to->size;
  if (bytes && size)
    memcpy(at, bytes, size);
  to->size += size;
  return at;
}

/* Something of every row that is held becomes something of all rows. */
static triplet_status put_together(triplet_context *own, const triplet_table *table, void *all, size_t size) {
  if (!table->spread)
    return TRIPLET_OK;
  const triplet_output output = {all, size, table->spread->starts};
  return triplet_share_rows(own, TRIPLET_OK, (triplet_cut){table->spread->ranks, 1}, &output, 1);
}

static triplet_status add_held(triplet_context *own, const triplet_table *table, const void *held, size_t size,
                               findings *to) {
  const triplet_span rows = triplet_held_rows(table);
  char *all = add(to, NULL, triplet_table_rows(table) * size);
  memcpy(all + rows.first * size, held, rows.count * size);
  return TRIPLET_TOGETHER(own, put_together(own, table, all, size));
}

static triplet_status add_column(triplet_context *own, const triplet_table *table, size_t index, findings *to) {
  const triplet_column column = triplet_table_column(table, index);
  const size_t rows = triplet_table_rows(table);
  add(to, column.name, strlen(column.name));
  add(to, &(int[]){(int)column.kind, (int)column.use}, 2 * sizeof(int));
  add(to, &column.missing, sizeof column.missing);
  for (size_t i = 0; i < column.values.count; i++)
    add(to, column.values.items[i], strlen(column.values.items[i]) + 1);
  if (column.use == TRIPLET_COLUMN_LABEL) { /* which every rank has */
    add(to, column.codes, rows * sizeof *column.codes);
    return TRIPLET_OK;
  }
  if (column.codes)
    return add_held(own, table, column.codes, sizeof *column.codes, to);
  return column.numbers ? add_held(own, table, column.numbers, sizeof *column.numbers, to) : TRIPLET_OK;
}

static triplet_status add_table(triplet_context *own, const triplet_table *table, findings *to) {
  char *notes = notes_of(table);
  add(to, notes, strlen(notes));
  free(notes);
  const size_t rows = triplet_table_rows(table), label = triplet_table_label(table);
  add(to, &(size_t[]){rows, label}, 2 * sizeof rows);
  for (size_t row = 0; row < rows; row++)
    add(to, &(size_t){triplet_table_row(table, row)}, sizeof(size_t));
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < triplet_table_columns(table) && status == TRIPLET_OK; i++)
    status = add_column(own, table, i, to);
  return status;
}

static void add_recipe(const triplet_recipe *recipe, findings *to) {
  for (size_t i = 0; i < triplet_recipe_columns(recipe); i++) {
    const triplet_recipe_column column = triplet_recipe_column_at(recipe, i);
    add(to, column.name, strlen(column.name) + 1);
    add(to, &(double[]){column.mean, column.deviation, column.fill}, 3 * sizeof(double));
  }
}

/* Of the rows that are held, or of the second half of these, the last first. */
static triplet_status add_matrix(triplet_context *own, const triplet_recipe *recipe, const triplet_table *table,
                                 bool half, findings *to) {
  const size_t cols = triplet_recipe_inputs(recipe), held = triplet_held_rows(table).count;
  const triplet_ints all = triplet_table_held(table);
  int32_t *chosen = calloc(held + 1, sizeof *chosen);
  const size_t count = half ? held / 2 : held;
  for (size_t i = 0; i < count; i++)
    chosen[i] = all.data ? all.data[held - 1 - i] : (int32_t)(held - 1 - i);
  floats x = floats_make(count * cols, 0);
  triplet_status status =
      triplet_recipe_matrix(own, recipe, table, half ? (triplet_ints){chosen, count} : (triplet_ints){NULL, 0},
                            (triplet_matrix){x.data, count, cols});
  if (status == TRIPLET_OK && !half)
    status = add_held(own, table, x.data, cols * sizeof *x.data, to);
  floats_release(&x);
  free(chosen);
  return status;
}

static triplet_status cook(triplet_context *own, const triplet_table *table, const triplet_recipe *given,
                           findings *to) {
  triplet_recipe *made = NULL;
  triplet_status status = given ? TRIPLET_OK : triplet_recipe_create(own, table, &made);
  status = TRIPLET_TOGETHER(own, status); /* which others are to know of */
  const size_t rows = triplet_table_rows(table);
  int32_t *training = calloc(rows, sizeof *training);
  size_t count = 0;
  for (size_t row = rows; row-- > 0;)
    if (row % 3 != 1)
      training[count++] = (int32_t)row;
  if (status == TRIPLET_OK && made)
    status = triplet_recipe_fit(own, made, table, (triplet_ints){training, count});
  if (status == TRIPLET_OK)
    status = add_matrix(own, given ? given : made, table, false, to);
  if (status == TRIPLET_OK && made)
    status = triplet_recipe_fit(own, made, table, (triplet_ints){NULL, 0});
  if (status == TRIPLET_OK)
    add_recipe(given ? given : made, to);
  if (status == TRIPLET_OK)
    status = add_matrix(own, given ? given : made, table, true, to);
  free(training);
  triplet_recipe_destroy(made);
  return status;
}

typedef struct table_case {
  const char *name;
  written text;
  triplet_table_options options;
} table_case;

static triplet_status read_table(triplet_context *own, const table_case *of, triplet_table **table) {
  triplet_table_options options = of->options;
  options.shard = true;
  return triplet_table_read(own, &options, of->text.text, of->text.size, table);
}

static triplet_status read_and_cook(const void *inputs, triplet_context *own, void *outputs) {
  const table_case *of = inputs;
  findings *to = outputs;
  triplet_table *table = NULL;
  triplet_status status = read_table(own, of, &table);
  if (status != TRIPLET_OK)
    return status;
  status = add_table(own, table, to);
  if (status == TRIPLET_OK)
    status = cook(own, table, of->options.recipe, to);
  triplet_table_destroy(table);
  return status;
}

static void assert_alike(table_case of) {
  assert_same_on_ranks(&(shared_call){of.name, read_and_cook, &of, sizeof(findings)});
  free(of.text.text);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

/* A table with so many rows of everything: numbers, whole numbers, categories, missing cells, texts in quotes over
 * several lines, ids, columns that are constant, in order, rising, or give the label away. */
static written everything(size_t rows, const char *line_end, unsigned seed) {
  static const char *const colours[] = {"red", "\"light, \"\"blue\"\"\"", "\"two\r\nlines\"", "green", "?"};
  seeded from = seeded_from(seed);
  written made = {0};
  write_format(&made, "number,user_id,order,rises,same,colour,whole,tells,date,label%s", line_end);
  for (size_t row = 0; row < rows; row++) {
    const size_t label = seeded_below(&from, 4);
    if (seeded_below(&from, 6))
      write_format(&made, "%.6g", seeded_between(&from, -1e6, 1e6));
    write_format(&made, ",%zu,%zu,%zu,7,%s,%zu,%zu,2024-01-%02zu,%s%s", seeded_below(&from, 1000), row + 1,
                 3 * row + seeded_below(&from, 2), colours[seeded_below(&from, 5)], seeded_below(&from, 9), 10 * label,
                 row % 28 + 1, seeded_below(&from, 9) ? (const char *[]){"a", "b", "c", "\"d\"\"\""}[label] : "",
                 line_end);
    if (seeded_below(&from, 10) == 0)
      write_format(&made, "%s", line_end);
  }
  return made;
}

static void tables_of_everything(void **state) {
  (void)state;
  static const size_t rows[] = {1, 3, 7, 50, 300};
  static const char *const line_ends[] = {"\n", "\r\n", "\r"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int missing = TRIPLET_MISSING_MEAN; missing <= TRIPLET_MISSING_DROP; missing++) {
      if (rows[i] < 7 && missing == TRIPLET_MISSING_DROP)
        continue; /* none is left */
      const triplet_table_options options =
          TABLE(.label = rows[i] < 7 ? "colour" : "label", .missing = (triplet_missing)missing,
                .keep = TEXTS("order", "same", "user_id"), .ignore = TEXTS("tells"), .categories = TEXTS("whole"));
      assert_alike((table_case){"everything", everything(rows[i], line_ends[i % 3], (unsigned)i), options});
      if (rows[i] >= 7)
        assert_alike((table_case){"everything, as it is", everything(rows[i], "\n", (unsigned)i),
                                  TABLE(.label = "label", .missing = (triplet_missing)missing)});
    }
}

static written copied(const char *text) {
  written made = {0};
  write_format(&made, "%s", text);
  return made;
}

static written numbered(const char *header, const char *format, size_t rows) {
  written made = copied(header);
  for (size_t row = 0; row < rows; row++)
    write_format(&made, format, row, (row * row) % 13);
  return made;
}

static void tables_that_are_read_in_their_own_way(void **state) {
  (void)state;
  assert_alike((table_case){"pandas' row numbers", numbered(",x\n", "%zu,%zu\n", 40), TABLE(.label = NULL)});
  assert_alike((table_case){"R's row names", numbered("x y\n", "n%zu %zu 3\n", 40), TABLE(.keep = TEXTS("y"))});
  assert_alike((table_case){"no header", numbered("", "%zu.5,%zu\n", 40), TABLE(.label = "2")});
  assert_alike((table_case){"a separator at the end", numbered("a,b,\n", "%zu.5,%zu\n", 40), TABLE(.label = "last")});
  assert_alike((table_case){"decimal commas", numbered("a;b;k\n", "%zu,5;%zu,25;x\n", 40), PLAIN_TABLE(.label = "k")});
  assert_alike((table_case){"blanks", numbered("a  b\n", "%zu.25   %zu\n", 40), TABLE(.label = "b")});
  assert_alike(
      (table_case){"many texts", numbered("a,k,y\n", "t%zu,%zu,2.5\n", 1500), TABLE(.label = "k", .keep = TEXTS("y"))});
  assert_alike((table_case){"many categories", numbered("a,k\n", "t%zu,%zu\n", 60),
                            TABLE(.label = "k", .categories = TEXTS("a"))});
  assert_alike((table_case){"a long preamble", numbered("# one\n# two\n# three\n\n\na,k\n", "#\n%zu.5,%zu\n", 9),
                            TABLE(.label = "k", .comment = "#")});
  assert_alike(
      (table_case){"missing texts", numbered("a,b,k\n", "%zu.5,x%zu,1\n", 40),
                   TABLE(.missing = TRIPLET_MISSING_DROP, .missing_texts = TEXTS("x3", "2.5"), .keep = TEXTS("k"))});
  written made = copied("a,k\n");
  for (int i = 0; i < 30; i++)
    write_format(&made, "%s,%s\n", i == 25 ? "none" : i % 2 ? "1" : "2", i < 20 ? "-" : "+");
  assert_alike((table_case){"a text among numbers, a + among minus", made, TABLE(.label = "k")});
  made = copied("caf\xe9,k\n");
  for (int i = 0; i < 30; i++)
    write_format(&made, "\"\xfc%d\",%d\n", i % 4, i % 3);
  assert_alike((table_case){"Latin-1", made, TABLE(.label = "k", .encoding = TRIPLET_ENCODING_LATIN1)});
}

/* New rows for a recipe, of which some have values that it does not know. */
static void tables_for_a_recipe(void **state) {
  (void)state;
  triplet_table *table = read_text("x,c,k\n1,red,a\n2,blue,b\n4,red,a\n3,blue,b\n", TABLE(.label = "k"));
  triplet_recipe *recipe;
  assert_int_equal(triplet_recipe_create(NULL, table, &recipe), TRIPLET_OK);
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_OK);
  written made = copied("k,c,more,x\n");
  for (int i = 0; i < 50; i++)
    write_format(&made, "%s,%s,%d,%d\n", i % 5 ? "a" : "", i % 7 ? "blue" : "green", i, i % 11);
  assert_alike((table_case){"for a recipe", made, TABLE(.label = "k", .recipe = recipe)});
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
}

/* ---- what a rank has --------------------------------------------------------------------------------------------- */

enum { ROWS = 4000, COLUMNS = 20 };

typedef struct shares {
  const table_case *of;
  size_t held[MOST_RANKS], first[MOST_RANKS];
} shares;

static triplet_status count_share(void *of, size_t rank, triplet_context *own) {
  shares *into = of;
  triplet_table *table = NULL;
  const triplet_status status = read_table(own, into->of, &table);
  if (status != TRIPLET_OK)
    return status;
  const triplet_ints held = triplet_table_held(table);
  into->held[rank] = held.count;
  into->first[rank] = held.count ? (size_t)held.data[0] : 0;
  for (size_t i = 1; i < held.count; i++)
    into->held[rank] = held.data[i] == held.data[i - 1] + 1 ? into->held[rank] : SIZE_MAX;
  triplet_table_destroy(table);
  return TRIPLET_OK;
}

/* However many lines a row has: they are cut by their bytes. */
static void rows_are_shared_evenly(void **state) {
  (void)state;
  written made = copied("k,text\n");
  for (size_t row = 0; row < ROWS; row++)
    write_format(&made, "%zu,\"%s%zu\"\n", row % 3, row % 2 ? "\n\n\n\n\n\n\n\n" : "        ", row % 5);
  const table_case of = {"lines", made, TABLE(.label = "k")};
  for (size_t ranks = 2; ranks <= MOST_RANKS; ranks++) {
    shares into = {&of, {0}, {0}};
    assert_int_equal(ranked_run(ranks, 1, NULL, count_share, &into).status[0], TRIPLET_OK);
    size_t next = 0;
    for (size_t rank = 0; rank < ranks; next += into.held[rank++]) {
      assert_int_equal(into.first[rank], next);
      assert_in_range(into.held[rank], ROWS / ranks - 2, ROWS / ranks + 2);
    }
    assert_int_equal(next, ROWS);
  }
  free(made.text);
}

typedef struct memories {
  const table_case *of;
  size_t kept[MOST_RANKS], peak[MOST_RANKS];
} memories;

static triplet_status measure(void *of, size_t rank, triplet_context *own) {
  memories *into = of;
  counted_memory memory = {0};
  const triplet_allocator before = own->allocator;
  own->allocator = counted_allocator(&memory);
  triplet_table *table = NULL;
  const triplet_status status = read_table(own, into->of, &table);
  triplet_context_trim(own);
  into->kept[rank] = memory.bytes;
  into->peak[rank] = memory.peak;
  triplet_table_destroy(table);
  own->allocator = before;
  return status;
}

static void memory_falls(void **state) {
  (void)state;
  seeded from = seeded_from(3);
  written made = copied("k");
  for (int j = 1; j < COLUMNS; j++)
    write_format(&made, ",x%d", j);
  for (size_t row = 0; row < ROWS; row++) {
    write_format(&made, "\n%zu", row % 7);
    for (int j = 1; j < COLUMNS; j++)
      write_format(&made, ",%.9g", seeded_between(&from, 0, 1));
  }
  const table_case of = {"numbers", made, TABLE(.label = "k")};
  for (size_t ranks = 2; ranks <= MOST_RANKS; ranks++) {
    memories into = {&of, {0}, {0}};
    assert_int_equal(ranked_run(ranks, 1, NULL, measure, &into).status[0], TRIPLET_OK);
    for (size_t rank = 0; rank < ranks; rank++) {
      const size_t cells = (ROWS / ranks + 4) * COLUMNS * 8;
      assert_in_range(into.kept[rank], cells, cells + 4 * ROWS + 30000);
      assert_in_range(into.peak[rank], cells, cells + 20 * ROWS + 60000);
    }
  }
  free(made.text);
}

/* ---- what goes wrong --------------------------------------------------------------------------------------------- */

static triplet_status refuse(void *of, size_t rank, triplet_context *own) {
  (void)rank;
  triplet_table *const before = (triplet_table *)&before, *table = before;
  const triplet_status status = read_table(own, of, &table);
  assert_ptr_equal(table, before);
  return status;
}

/* Faults are told as by one rank. */
static void assert_refused_alike(const char *text, triplet_table_options options) {
  table_case of = {"refused", copied(text), options};
  triplet_context *alone = triplet_context_create(NULL);
  triplet_table *table;
  const triplet_status status = read_table(alone, &of, &table);
  assert_int_not_equal(status, TRIPLET_OK);
  for (size_t ranks = 1; ranks <= MOST_RANKS; ranks++) {
    const ranked found = ranked_run(ranks, 1, NULL, refuse, &of);
    assert_int_equal(found.status[0], status);
    assert_string_equal(found.messages[0], triplet_context_error(alone)->message);
  }
  triplet_context_destroy(alone);
  free(of.text.text);
}

static void faults_are_told_alike(void **state) {
  (void)state;
  assert_refused_alike("a,k\n1,2\n3\n4,5,6\n", TABLE(.label = "k"));
  assert_refused_alike(",b,c\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n21\n22\n",
                       TABLE(.label = "b"));
  assert_refused_alike("a,k\n1,2\n\"3,4\n5,6\n", TABLE(.label = "k"));
  assert_refused_alike("a,k\n1,2\n3,\xff\n", TABLE(.label = "k"));
  assert_refused_alike("a,k\n", TABLE(.label = "k"));
  assert_refused_alike("", TABLE(.label = "k"));
  assert_refused_alike("a,k\n1,2\n,3\n", TABLE(.label = "k", .missing = TRIPLET_MISSING_ERROR));
  assert_refused_alike("a,k\n1,\n2,\n", TABLE(.label = "k"));
  assert_refused_alike("a,k\n1,x\n1,y\n1,y\n", TABLE(.label = "k"));
  assert_refused_alike("a,k\n1,x\n2,y\n", TABLE(.label = "z", .keep = TEXTS("y")));
}

static triplet_status fit_and_make(void *of, size_t rank, triplet_context *own) {
  (void)rank;
  findings *into = calloc(1, sizeof *into);
  const triplet_status status = read_and_cook(of, own, into);
  free(into);
  return status;
}

/* The first column at fault is told, and its first row, whichever ranks have some. */
static void numbers_beyond_float32(void **state) {
  (void)state;
  table_case of = {"large", copied("a,b,k\n"), PLAIN_TABLE(.label = "k")};
  for (int row = 0; row < 40; row++)
    write_format(&of.text, "%s,%s,%d\n", row == 30 || row == 39 ? "1e300" : "1", row > 4 ? "1e200" : "2", row % 3);
  for (size_t ranks = 1; ranks <= MOST_RANKS; ranks++) {
    const ranked found = ranked_run(ranks, 1, NULL, fit_and_make, &of);
    assert_int_equal(found.status[0], TRIPLET_NOT_FINITE);
    assert_string_equal(found.messages[0], "row 31, column a: the number is too far from the others for float32");
  }
  free(of.text.text);
}

static void each_fault_is_told_to_all(void **state) {
  (void)state;
  for (int missing = TRIPLET_MISSING_MEAN; missing <= TRIPLET_MISSING_DROP; missing++) {
    const triplet_table_options options = TABLE(.label = "label", .missing = (triplet_missing)missing);
    table_case of = {"everything", everything(30, "\n", 5), options};
    assert_told_to_ranks(&(shared_call){of.name, read_and_cook, &of, sizeof(findings)});
    free(of.text.text);
  }
}

typedef struct differing {
  table_case same, other;
} differing;

static triplet_status read_differing(void *of, size_t rank, triplet_context *own) {
  differing *job = of;
  triplet_table *table = NULL;
  const triplet_status status = read_table(own, rank == 1 ? &job->other : &job->same, &table);
  triplet_table_destroy(table);
  return status;
}

static void ranks_that_differ(void **state) {
  (void)state;
  static const char text[] = "a,b,k\n1,5,x\n2,7,y\n1,9,x\n4,1,y\n";
  triplet_table *table = read_text("a,k\n1,p\n2,q\n", TABLE(.label = "k"));
  triplet_recipe *recipe;
  assert_int_equal(triplet_recipe_create(NULL, table, &recipe), TRIPLET_OK);
  const table_case others[] = {
      {"bytes", copied("a,b,k\n1,5,x\n2,7,y\n1,8,x\n4,1,y\n"), TABLE(.label = "k")},
      {"label", copied(text), TABLE(.label = "a")},
      {"keep", copied(text), TABLE(.label = "k", .keep = TEXTS("a"))},
      {"ignore", copied(text), TABLE(.label = "k", .ignore = TEXTS("a"))},
      {"missing texts", copied(text), TABLE(.label = "k", .missing_texts = TEXTS("1"))},
      {"comment", copied(text), TABLE(.label = "k", .comment = "#")},
      {"header", copied(text), TABLE(.label = "k", .header = TRIPLET_HEADER_TRUE)},
      {"recipe", copied(text), TABLE(.label = "k", .recipe = recipe)},
  };
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    differing of = {{"same", copied(text), TABLE(.label = "k")}, others[i]};
    const ranked found = ranked_run(3, 1, NULL, read_differing, &of);
    assert_int_equal(found.status[0], TRIPLET_RANK_LOST);
    assert_string_equal(found.messages[0],
                        "rank 1 makes its call with other values than rank 0: data, labels or options");
    free(of.same.text.text);
    free(of.other.text.text);
  }
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
}

/* A table is used by the ranks that read it, and by them all. */
static triplet_status misuse(void *of, size_t rank, triplet_context *own) {
  triplet_table *table = NULL;
  triplet_recipe *recipe;
  assert_int_equal(read_table(own, of, &table), TRIPLET_OK);
  assert_int_equal(triplet_recipe_create(own, table, &recipe), TRIPLET_OK);
  triplet_context *alone = triplet_context_create(NULL);
  floats x = floats_make(triplet_table_rows(table) * triplet_recipe_inputs(recipe), 0);
  const triplet_matrix rows = {x.data, 1, triplet_recipe_inputs(recipe)};
  const int32_t other = rank ? 0 : (int32_t)triplet_table_rows(table) - 1;
  assert_error(alone, triplet_recipe_fit(alone, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_INVALID_ARGUMENT,
               "table", "expected the 3 ranks that its rows are spread over, got 1");
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, (triplet_ints){NULL, 0}), TRIPLET_INVALID_ARGUMENT);
  assert_error(alone, triplet_recipe_matrix(alone, recipe, table, (triplet_ints){NULL, 0}, rows),
               TRIPLET_INVALID_ARGUMENT, "table", "expected the 3 ranks that its rows are spread over, got 1");
  const triplet_status status = triplet_recipe_matrix(own, recipe, table, (triplet_ints){&other, 1}, rows);
  floats_release(&x);
  triplet_context_destroy(alone);
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
  return status;
}

static void misuse_is_told(void **state) {
  (void)state;
  table_case of = {"misused", everything(50, "\n", 1), TABLE(.label = "label")};
  const ranked found = ranked_run(3, 1, NULL, misuse, &of);
  assert_int_equal(found.status[0], TRIPLET_INVALID_ARGUMENT);
  assert_string_equal(found.arguments[0], "rows");
  assert_non_null(strstr(found.messages[0], "expected rows that this rank holds, got "));
  free(of.text.text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tables_of_everything),   cmocka_unit_test(tables_that_are_read_in_their_own_way),
      cmocka_unit_test(tables_for_a_recipe),    cmocka_unit_test(rows_are_shared_evenly),
      cmocka_unit_test(memory_falls),           cmocka_unit_test(faults_are_told_alike),
      cmocka_unit_test(numbers_beyond_float32), cmocka_unit_test(each_fault_is_told_to_all),
      cmocka_unit_test(ranks_that_differ),      cmocka_unit_test(misuse_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
