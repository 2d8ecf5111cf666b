/* Recipes: what they make of tables, against naive sums in long double and matrices by hand; what a table is read as
 * for one; and how they travel with models. */
#include "tables.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL ((triplet_ints){NULL, 0})

static triplet_recipe *recipe_of(const triplet_table *table) {
  triplet_recipe *recipe;
  assert_int_equal(triplet_recipe_create(NULL, table, &recipe), TRIPLET_OK);
  return recipe;
}

/* The recipe of a table, fitted to all of it, and its table. */
typedef struct learned {
  triplet_table *table;
  triplet_recipe *recipe;
} learned;

static learned learn(const char *text, triplet_table_options options) {
  learned made = {.table = read_text(text, options)};
  made.recipe = recipe_of(made.table);
  assert_int_equal(triplet_recipe_fit(NULL, made.recipe, made.table, ALL), TRIPLET_OK);
  return made;
}

static void forget(learned *of) {
  triplet_recipe_destroy(of->recipe);
  triplet_table_destroy(of->table);
}

/* The matrix of some rows; to be freed. */
static float *matrix_of(const triplet_recipe *recipe, const triplet_table *table, triplet_ints rows) {
  const size_t count = rows.data ? rows.count : triplet_table_rows(table), inputs = triplet_recipe_inputs(recipe);
  float *x = malloc((count * inputs + 1) * sizeof *x);
  triplet_context *own = triplet_context_create(NULL);
  if (triplet_recipe_matrix(own, recipe, table, rows, triplet_matrix_of(x, count, inputs)) != TRIPLET_OK)
    fail_msg("%s", triplet_context_error(own)->message);
  triplet_context_destroy(own);
  return x;
}

static void assert_matrix(const triplet_recipe *recipe, const triplet_table *table, triplet_ints rows,
                          const float *expected) {
  const size_t count = rows.data ? rows.count : triplet_table_rows(table);
  float *x = matrix_of(recipe, table, rows);
  assert_same_bits(x, expected, count * triplet_recipe_inputs(recipe), "matrix");
  free(x);
}

/* ---- what it is -------------------------------------------------------------------------------------------------- */

static const char mixed_text[] =
    "id,size,color,k,kind,odd\n5,1,red,a,9,\n6,3,blue,b,8,7\n8,,red,a,9,7\n9,5,,,8,6\n7,8,green,b,8,8\n";

static void inputs(void **state) {
  (void)state;
  triplet_table *table = read_text(mixed_text, TABLE(.label = "k", .categories = TEXTS("kind")));
  triplet_recipe *recipe = recipe_of(table);
  static const char *const names[] = {"size", "color=blue", "color=green", "color=red", "kind=8", "kind=9", "odd"};
  assert_int_equal(triplet_recipe_inputs(recipe), 7);
  for (size_t i = 0; i < 7; i++)
    assert_string_equal(triplet_recipe_input(recipe, i), names[i]);
  assert_string_equal(triplet_recipe_label(recipe), "k");

  static const char *const columns[] = {"size", "color", "kind", "odd"};
  static const size_t values[] = {0, 3, 2, 0};
  assert_int_equal(triplet_recipe_columns(recipe), 4);
  for (size_t i = 0; i < 4; i++) {
    const triplet_recipe_column column = triplet_recipe_column_at(recipe, i);
    assert_string_equal(column.name, columns[i]);
    assert_int_equal(column.kind, values[i] ? TRIPLET_COLUMN_CATEGORY : TRIPLET_COLUMN_NUMBER);
    assert_int_equal(column.values.count, values[i]);
    assert_true(column.mean == 0 && column.deviation == 1 && column.fill == 0); /* until it is fitted */
  }
  assert_string_equal(triplet_recipe_column_at(recipe, 1).values.items[1], "green");
  /* It is its own: the table may go. */
  triplet_table_destroy(table);
  assert_string_equal(triplet_recipe_input(recipe, 3), "color=red");
  triplet_recipe_destroy(recipe);
  triplet_recipe_destroy(NULL);

  learned unlabelled = learn("x,y\n1,2\n2,3\n", TABLE(0));
  assert_null(triplet_recipe_label(unlabelled.recipe));
  forget(&unlabelled);
}

static void matrices_by_hand(void **state) {
  (void)state;
  triplet_table *table = read_text(mixed_text, TABLE(.label = "k", .categories = TEXTS("kind")));
  triplet_recipe *recipe = recipe_of(table);
  /* The row without a label is gone. Unfitted, numbers are as they are, and missing ones 0. */
  static const float plain[] = {1, 0, 0, 1, 0, 1, 0, 3, 1, 0, 0, 1, 0, 7, 0, 0, 0, 1, 0, 1, 7, 8, 0, 1, 0, 1, 0, 8};
  assert_matrix(recipe, table, ALL, plain);

  /* size: 1, 3, 8 have the mean 4 and the deviation sqrt(26 / 3); odd: 7, 7, 8. */
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, ALL), TRIPLET_OK);
  const triplet_recipe_column size = triplet_recipe_column_at(recipe, 0), odd = triplet_recipe_column_at(recipe, 3);
  assert_true(size.mean == 4 && size.fill == 4 && fabs(size.deviation - sqrt(26.0 / 3)) < 1e-15);
  assert_true(fabs(odd.mean - 22.0 / 3) < 1e-15 && fabs(odd.deviation - sqrt(2.0 / 9)) < 1e-15);
  const float s = (float)(1 / size.deviation), low = (float)((7 - odd.mean) / odd.deviation),
              high = (float)((8 - odd.mean) / odd.deviation);
  const float standard[] = {
      (float)(-3 / size.deviation), 0, 0, 1, 0, 1, 0,   -s, 1, 0, 0, 1, 0, low, 0, 0, 0, 1, 0, 1, low,
      (float)(4 / size.deviation),  0, 1, 0, 1, 0, high};
  assert_matrix(recipe, table, ALL, standard);
  static const int32_t some[] = {3, 0, 3};
  float picked[21];
  for (size_t i = 0; i < 3; i++)
    memcpy(picked + 7 * i, standard + 7 * some[i], 7 * sizeof *picked);
  assert_matrix(recipe, table, (triplet_ints){some, 3}, picked);
  float *none = matrix_of(recipe, table, (triplet_ints){some, 0});
  free(none);
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);

  /* Not standardised, a missing number is the mean. */
  learned plainly = learn("x,y\n1,2\n,3\n6,5\n", PLAIN_TABLE(.label = NULL));
  static const float filled[] = {1, 2, 3.5, 3, 6, 5};
  assert_matrix(plainly.recipe, plainly.table, ALL, filled);
  const triplet_recipe_column x = triplet_recipe_column_at(plainly.recipe, 0);
  assert_true(x.mean == 0 && x.deviation == 1 && x.fill == 3.5);
  forget(&plainly);
}

/* ---- mean and deviation ------------------------------------------------------------------------------------------ */

typedef struct sums {
  long double mean, deviation;
  size_t count;
} sums;

/* Naive, of the numbers that are there, after they were divided by the largest. */
static sums naive_sums(const double *numbers, triplet_ints rows) {
  sums of = {0};
  long double largest = 0;
  for (size_t i = 0; i < rows.count; i++)
    if (fabsl(numbers[rows.data[i]]) > largest)
      largest = fabsl(numbers[rows.data[i]]);
  for (size_t i = 0; i < rows.count; i++)
    if (!isnan(numbers[rows.data[i]])) {
      of.mean += numbers[rows.data[i]] / largest;
      of.count++;
    }
  of.mean /= (long double)of.count;
  for (size_t i = 0; i < rows.count; i++)
    if (!isnan(numbers[rows.data[i]])) {
      const long double rest = numbers[rows.data[i]] / largest - of.mean;
      of.deviation += rest * rest;
    }
  of.deviation = sqrtl(of.deviation / (long double)of.count) * largest;
  of.mean *= largest;
  return of;
}

static void assert_near(double got, long double expected, long double scale, const char *what) {
  if (!(fabsl((long double)got - expected) <= 1e-14L * scale))
    fail_msg("%s is %.17g, not %.17Lg", what, got, expected);
}

static void fits_against_naive_sums(void **state) {
  (void)state;
  enum { ROWS = 1000, COLUMNS = 6 };
  static const double scales[] = {1, 1e300, 1e-300, 1e-3, 1e6, 1}, offsets[] = {0, 0, 0, 1e3, -1e6, 1.7e9};
  seeded from = seeded_from(41);
  for (int round = 0; round < 30; round++) {
    const size_t rows = 2 + seeded_below(&from, ROWS - 2);
    written text = {0};
    write_format(&text, "a,b,c,d,e,f\n");
    for (size_t row = 0; row < rows; row++)
      for (size_t i = 0; i < COLUMNS; i++) {
        if (row < 2 || seeded_below(&from, 9))
          write_format(&text, "%.17g", offsets[i] + seeded_between(&from, -1, 1) * scales[i]);
        write_format(&text, i + 1 < COLUMNS ? "," : "\n");
      }
    triplet_table *table = read_text(text.text, TABLE(0));
    triplet_recipe *recipe = recipe_of(table);
    int32_t subset[ROWS];
    const size_t count = 2 + seeded_below(&from, 2 * rows) % (ROWS - 2);
    for (size_t i = 0; i < count; i++)
      subset[i] = i < 2 ? (int32_t)i : (int32_t)seeded_below(&from, rows);
    const triplet_ints some = {subset, count};
    assert_int_equal(triplet_recipe_fit(NULL, recipe, table, some), TRIPLET_OK);

    float *x = matrix_of(recipe, table, ALL);
    for (size_t i = 0; i < COLUMNS; i++) {
      const double *numbers = triplet_table_column(table, i).numbers;
      const sums expected = naive_sums(numbers, some);
      const triplet_recipe_column got = triplet_recipe_column_at(recipe, i);
      const long double size = fabsl(expected.mean) + expected.deviation;
      assert_near(got.mean, expected.mean, size, "mean");
      assert_near(got.deviation, expected.deviation, size, "deviation");
      assert_true(got.fill == got.mean);
      for (size_t row = 0; row < rows; row++) {
        const double value = isnan(numbers[row]) ? 0 : (numbers[row] - got.mean) / got.deviation;
        assert_int_equal(bits_of(x[row * COLUMNS + i]), bits_of((float)value));
      }
    }
    free(x);
    triplet_recipe_destroy(recipe);
    triplet_table_destroy(table);
    free(text.text);
  }
}

/* Nothing of the other rows is looked at, and all rows are what no rows mean. */
static void fits_look_at_their_rows(void **state) {
  (void)state;
  triplet_table *table = read_text("x,y\n1,5\n3,9\n1000,\n,7\n", TABLE(0));
  triplet_recipe *recipe = recipe_of(table);
  static const int32_t first[] = {0, 1}, all[] = {0, 1, 2, 3}, empty[] = {3};
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, (triplet_ints){first, 2}), TRIPLET_OK);
  triplet_recipe_column x = triplet_recipe_column_at(recipe, 0);
  assert_true(x.mean == 2 && x.deviation == 1);
  static const float expected[] = {-1, -1, 1, 1, 998, 0, 0, 0};
  assert_matrix(recipe, table, ALL, expected);

  triplet_recipe *other = recipe_of(table);
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, ALL), TRIPLET_OK);
  assert_int_equal(triplet_recipe_fit(NULL, other, table, (triplet_ints){all, 4}), TRIPLET_OK);
  for (size_t i = 0; i < 2; i++) {
    const triplet_recipe_column left = triplet_recipe_column_at(recipe, i), right = triplet_recipe_column_at(other, i);
    assert_true(left.mean == right.mean && left.deviation == right.deviation);
  }
  /* Where there is no number: 0 and 1. */
  assert_int_equal(triplet_recipe_fit(NULL, recipe, table, (triplet_ints){empty, 1}), TRIPLET_OK);
  x = triplet_recipe_column_at(recipe, 0);
  assert_true(x.mean == 0 && x.deviation == 1 && x.fill == 0);
  x = triplet_recipe_column_at(recipe, 1);
  assert_true(x.mean == 7 && x.deviation == 1);
  triplet_recipe_destroy(other);
  triplet_recipe_destroy(recipe);
  triplet_table_destroy(table);
}

/* A column in which nothing varies has its very number as mean, and deviation 1, whatever the number and the rows. */
static void constants(void **state) {
  (void)state;
  static const char *const numbers[] = {"0.1", "1e308", "-1e308", "4.9e-324", "1e-310", "1700000001.3", "0", "-0"};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    for (int rows = 1; rows < 300; rows += 97) {
      written text = {0};
      write_format(&text, "x,y\n");
      for (int row = 0; row < rows; row++)
        write_format(&text, "%s,%s\n", numbers[i], numbers[i]);
      learned made = learn(text.text, TABLE(.keep = TEXTS("x", "y")));
      const triplet_recipe_column x = triplet_recipe_column_at(made.recipe, 0);
      assert_true(x.mean == strtod(numbers[i], NULL) && x.deviation == 1);
      float *matrix = matrix_of(made.recipe, made.table, ALL);
      for (int row = 0; row < 2 * rows; row++)
        assert_true(matrix[row] == 0);
      free(matrix);
      forget(&made);
      free(text.text);
    }
}

static void ends_of_the_range(void **state) {
  (void)state;
  learned made = learn("x,y,z\n1.7e308,5e-324,1\n-1.7e308,1e-323,2\n1.7e308,2e-323,1e-320\n-1.7e308,0,-2\n", TABLE(0));
  const triplet_recipe_column x = triplet_recipe_column_at(made.recipe, 0),
                              y = triplet_recipe_column_at(made.recipe, 1);
  assert_true(x.mean == 0 && fabs(x.deviation / 1.7e308 - 1) < 1e-15);
  assert_true(y.deviation > 0 && y.deviation < 1e-322);
  float *matrix = matrix_of(made.recipe, made.table, ALL);
  for (size_t i = 0; i < 12; i++)
    assert_true(fabsf(matrix[i]) < 3);
  assert_true(matrix[0] == 1 && matrix[3] == -1);
  free(matrix);
  forget(&made);

  /* Further from the mean than a double holds. */
  made = learn("x\n1.7e308\n1.7e308\n-1.7e308\n", TABLE(0));
  matrix = matrix_of(made.recipe, made.table, ALL);
  assert_true(fabsf(matrix[0] - 0.70710677f) < 1e-6f && fabsf(matrix[2] + 1.4142135f) < 1e-6f);
  free(matrix);
  forget(&made);
}

/* ---- tables for a recipe ----------------------------------------------------------------------------------------- */

/* A table of new rows gives what the same rows give in the table that was learned from. */
static void columns_by_name(void **state) {
  (void)state;
  learned made = learn("size,color,k\n1,red,a\n3,blue,b\n8,red,a\n", TABLE(.label = "k"));
  float *expected = matrix_of(made.recipe, made.table, ALL);
  static const char *const texts[] = {
      "size,color,k\n1,red,a\n3,blue,b\n8,red,a\n",
      "color,size\nred,1\nblue,3\nred,8\n",
      "k;extra;color;id;size\na;u;\"red\";1;1\n;v;blue;2;3\nb;w;red;3;8,0\n",
      "k x size color\na u 1 red\nb v 3 blue\nb w 8 red\n",
      "size,size,color,color\n1,5,red,u\n3,5,blue,v\n8,5,red,w\n",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    triplet_table *table = read_text(texts[i], TABLE(.recipe = made.recipe));
    assert_matrix(made.recipe, table, ALL, expected);
    char *notes = notes_of(table);
    assert_null(strstr(notes, "left out"));
    free(notes);
    triplet_table_destroy(table);
  }
  free(expected);
  forget(&made);
}

/* Nothing is decided on anew: what would be left out, or be another kind, is as the recipe has it. */
static void nothing_is_decided_on(void **state) {
  (void)state;
  learned made = learn("n,c,id,k\n1,1,5,a\n2,2,7,b\n3,1,6,a\n",
                       TABLE(.label = "k", .categories = TEXTS("c"), .keep = TEXTS("id")));
  triplet_table *table = read_text("n,c,id\n4,2,5\n4,2,5\n", TABLE(.recipe = made.recipe));
  const float n = (float)((4 - 2) / triplet_recipe_column_at(made.recipe, 0).deviation),
              id = (float)((5 - 6) / triplet_recipe_column_at(made.recipe, 2).deviation);
  const float expected[] = {n, 0, 1, id, n, 0, 1, id};
  assert_matrix(made.recipe, table, ALL, expected);
  assert_int_equal(triplet_table_notes(table), 0);
  triplet_table_destroy(table);

  /* Options that only learning has are not looked at. */
  table = read_text("n,c,id\n4,2,5\n,2,5\n",
                    TABLE(.recipe = made.recipe, .keep = TEXTS("u"), .ignore = TEXTS("n", "v"),
                          .categories = TEXTS("n"), .missing = TRIPLET_MISSING_ERROR, .header = TRIPLET_HEADER_FALSE));
  assert_int_equal(triplet_table_rows(table), 2);
  triplet_table_destroy(table);

  /* One row, of a file of one row. */
  table = read_text("id,n,c\n5,4,2", TABLE(.recipe = made.recipe));
  assert_matrix(made.recipe, table, ALL, expected);
  triplet_table_destroy(table);
  forget(&made);
}

static void faults_for_a_recipe(void **state) {
  (void)state;
  learned made = learn("size,color,width,k\n1,red,2,a\n3,blue,3,b\n8,red,5,a\n", TABLE(.label = "k"));
  assert_refused("color,other\nred,1\nblue,2\n", TABLE(.recipe = made.recipe),
                 "columns that the model was trained on are missing: size, width");
  assert_refused(
      "size,color,width\n1,red,3\nu,blue,v\n3,red,5\nw,red,0x1\n", TABLE(.recipe = made.recipe),
      "row 2, column size: expected a number, got \"u\"; row 2, column width: expected a number, got \"v\"; "
      "row 4, column size: expected a number, got \"w\"; row 4, column width: expected a number, got \"0x1\"");
  assert_refused("size,color\n1\n2,red,5\n", TABLE(.recipe = made.recipe, .label = "size"),
                 "columns that the model was trained on are missing: width; label: the model learns from column size; "
                 "row 1: 1 cell, where the first line has 2; row 2: 3 cells, where the first line has 2");
  assert_refused("size,color,width\n1,red,3\n2,red,4\n", TABLE(.recipe = made.recipe, .label = "k"),
                 "label: there is no column \"k\" among size, color, width");
  assert_refused("size,color,width\n", TABLE(.recipe = made.recipe), "it has a header, and no rows");
  forget(&made);
}

/* A recipe of columns without a header takes others without one, and a header is no row of them. */
static void recipes_without_a_header(void **state) {
  (void)state;
  learned made = learn("1.5,u,a\n2.5,v,b\n2,u,a\n", TABLE(.label = "last"));
  float *expected = matrix_of(made.recipe, made.table, ALL);
  triplet_table *table = read_text("1.5,u\n2.5,v\n2,u\n", TABLE(.recipe = made.recipe));
  assert_matrix(made.recipe, table, ALL, expected);
  triplet_table_destroy(table);
  assert_refused("size,color\n1.5,u\n2.5,v\n", TABLE(.recipe = made.recipe),
                 "row 1, column 1: expected a number, got \"size\"");
  assert_refused(
      "size\n1.5\nx\n", TABLE(.recipe = made.recipe),
      "columns that the model was trained on are missing: 2; row 1, column 1: expected a number, got \"size\"; "
      "row 3, column 1: expected a number, got \"x\"");
  /* As many cells in each row as in the first, not one more. */
  assert_refused("1.5,u\n2.5,v,w\n2,u,w\n", TABLE(.recipe = made.recipe),
                 "row 2: 3 cells, where the first line has 2; row 3: 3 cells, where the first line has 2");
  free(expected);
  forget(&made);

  made = learn("x,y\n1,2\n2,3\n", TABLE(0));
  assert_refused("1,2\n2,3\n", TABLE(.recipe = made.recipe), "columns that the model was trained on are missing: x, y");
  forget(&made);
}

static void unknown_values(void **state) {
  (void)state;
  learned made = learn("size,color,k\n1,red,a\n3,blue,b\n8,red,a\n", TABLE(.label = "k"));
  static const char text[] = "color,size\ngreen,1\nred,1\n\"pink, or so\",1\n,1\ngreen,\n";
  triplet_table *table = read_text(text, TABLE(.recipe = made.recipe));
  char *notes = notes_of(table);
  assert_string_equal(
      notes,
      "!color: 3 of 5 rows have values that the model does not know, taken as empty: \"green\", \"pink, or so\"\n"
      "color: 1 of 5 empty, none of its values\n"
      "size: 1 of 5 empty, filled with the mean\n");
  free(notes);
  const float x = (float)((1 - 4) / triplet_recipe_column_at(made.recipe, 0).deviation);
  const float expected[] = {x, 0, 0, x, 0, 1, x, 0, 0, x, 0, 0, 0, 0, 0};
  assert_matrix(made.recipe, table, ALL, expected);
  const triplet_column color = triplet_table_column(table, 0);
  assert_int_equal(color.values.count, 2);
  assert_string_equal(color.values.items[1], "red");
  static const int32_t codes[] = {-1, 1, -1, -1, -1};
  assert_memory_equal(color.codes, codes, sizeof codes);
  triplet_table_destroy(table);
  forget(&made);
}

/* A - that is one of its values is no missing cell, even where the new rows have no +. */
static void minus_as_a_value(void **state) {
  (void)state;
  learned made = learn("x,s\n1,+\n2,-\n4,+\n", TABLE(0));
  triplet_table *table = read_text("x,s\n-,-\n2,-\n", TABLE(.recipe = made.recipe));
  const float two =
      (float)((2 - triplet_recipe_column_at(made.recipe, 0).mean) / triplet_recipe_column_at(made.recipe, 0).deviation);
  const float expected[] = {0, 0, 1, two, 0, 1};
  assert_matrix(made.recipe, table, ALL, expected);
  triplet_table_destroy(table);
  forget(&made);
}

static void missing_cells_for_a_recipe(void **state) {
  (void)state;
  static const char learned_text[] = "x,c,k\n1,u,a\n3,v,b\n8,u,a\n", text[] = "c,x,k\nu,,a\n,2,b\nv,3,\nw,4,b\n";
  learned made = learn(learned_text, TABLE(.label = "k", .missing = TRIPLET_MISSING_DROP));
  triplet_table *table = read_text(text, TABLE(.recipe = made.recipe, .label = "k"));
  assert_int_equal(triplet_table_rows(table), 2);
  assert_int_equal(triplet_table_row(table, 0), 2);
  assert_int_equal(triplet_table_row(table, 1), 3);
  const triplet_column label = triplet_table_column(table, 2);
  assert_true(label.codes[0] == -1 && label.codes[1] == 0 && label.values.count == 1);
  triplet_table_destroy(table);
  assert_refused("x,c\n,u\n2,\n", TABLE(.recipe = made.recipe),
                 "no row is left: in each the label or, with missing = \"drop\", another cell is empty");
  forget(&made);

  made = learn(learned_text, TABLE(.label = "k", .missing = TRIPLET_MISSING_ERROR));
  assert_refused(text, TABLE(.recipe = made.recipe, .label = "k"),
                 "column c: 1 of 4 cells are empty; column x: 1 of 4 cells are empty");
  forget(&made);

  /* A label is carried along, and leaves nothing out. */
  made = learn(learned_text, TABLE(.label = "k"));
  table = read_text(text, TABLE(.recipe = made.recipe, .label = "k"));
  assert_int_equal(triplet_table_rows(table), 4);
  const triplet_column carried = triplet_table_column(table, 2);
  static const int32_t codes[] = {0, 1, -1, 1};
  assert_int_equal(carried.use, TRIPLET_COLUMN_LABEL);
  assert_memory_equal(carried.codes, codes, sizeof codes);
  triplet_table_destroy(table);
  table = read_text("x,c\n?,NA\nnone,none\n", TABLE(.recipe = made.recipe, .missing_texts = TEXTS("none")));
  static const float zeros[6];
  assert_matrix(made.recipe, table, ALL, zeros);
  triplet_table_destroy(table);
  forget(&made);
}

/* ---- misuse ------------------------------------------------------------------------------------------------------ */

static void other_tables_are_refused(void **state) {
  (void)state;
  learned made = learn("x,c\n1,u\n2,v\n4,u\n", TABLE(0));
  const double before = triplet_recipe_column_at(made.recipe, 0).mean;
  static const struct {
    const char *text, *missing;
  } cases[] = {{"x,d\n1,u\n2,v\n", "c"},      {"y,c\n1,u\n2,v\n", "x"}, {"x,c\nv,u\nu,v\n", "x"}, /* another kind */
               {"x,c\n1,3\n2,4\n", "c"},      {"x,c\n1,u\n2,w\n", "c"},                           /* other values */
               {"x,c\n1,u\n2,v\n3,w\n", "c"}, {"x,c\n3,u\n3,v\n", "x"}};                          /* left out */
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    triplet_table *table = read_text(cases[i].text, TABLE(0));
    float x[16];
    char expected[200];
    pattern_set(x, sizeof x);
    snprintf(expected, sizeof expected, "expected a table that was read for this recipe, got one without its column %s",
             cases[i].missing);
    const size_t rows = triplet_table_rows(table);
    assert_error(context, triplet_recipe_matrix(context, made.recipe, table, ALL, triplet_matrix_of(x, rows, 3)),
                 TRIPLET_INVALID_ARGUMENT, "table", expected);
    assert_error(context, triplet_recipe_fit(context, made.recipe, table, ALL), TRIPLET_INVALID_ARGUMENT, "table",
                 expected);
    assert_true(pattern_stands(x, sizeof x));
    triplet_table_destroy(table);
  }
  assert_true(triplet_recipe_column_at(made.recipe, 0).mean == before);
  forget(&made);
}

static void bad_arguments(void **state) {
  (void)state;
  learned made = learn("x,c\n1,u\n2,v\n4,u\n", TABLE(0));
  static const int32_t rows[] = {0, 2, 3}, negative[] = {-1};
  float x[9];
  pattern_set(x, sizeof x);
  const triplet_matrix fine = triplet_matrix_of(x, 3, 3);
  triplet_context_set_first_index(context, 1);
  assert_error(context, triplet_recipe_matrix(context, made.recipe, made.table, (triplet_ints){rows, 3}, fine),
               TRIPLET_INVALID_ARGUMENT, "rows", "expected rows of 3, got 3 at index 3");
  assert_error(context, triplet_recipe_fit(context, made.recipe, made.table, (triplet_ints){negative, 1}),
               TRIPLET_INVALID_ARGUMENT, "rows", "expected rows of 3, got -1 at index 1");
  assert_error(context, triplet_recipe_fit(context, made.recipe, made.table, (triplet_ints){NULL, 2}),
               TRIPLET_INVALID_ARGUMENT, "rows", "expected 2 rows, got NULL");
  assert_error(context, triplet_recipe_fit(context, made.recipe, made.table, (triplet_ints){rows, 0}),
               TRIPLET_INVALID_ARGUMENT, "rows", "expected at least one row, got none");
  assert_error(context, triplet_recipe_matrix(context, made.recipe, made.table, ALL, triplet_matrix_of(x, 2, 3)),
               TRIPLET_INVALID_ARGUMENT, "x", "expected 3 x 3, got 2 x 3");
  assert_error(context, triplet_recipe_matrix(context, made.recipe, made.table, ALL, triplet_matrix_of(x, 3, 2)),
               TRIPLET_INVALID_ARGUMENT, "x", "expected 3 x 3, got 3 x 2");
  assert_true(pattern_stands(x, sizeof x));
  forget(&made);

  /* The row is named as the file has it. */
  made = learn("x,k\n1,a\n2,\n1.5,b\n1e300,a\n", PLAIN_TABLE(.label = "k"));
  assert_error(context, triplet_recipe_matrix(context, made.recipe, made.table, ALL, triplet_matrix_of(x, 3, 1)),
               TRIPLET_NOT_FINITE, "table", "row 4, column x: the number is too far from the others for float32");
  forget(&made);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

typedef struct work {
  triplet_table *table;
  triplet_recipe *recipe, *made;
  float x[64];
} work;

static triplet_status create(triplet_context *context, void *data) {
  work *of = data;
  triplet_recipe *made = of->made = (triplet_recipe *)data;
  const triplet_status status = triplet_recipe_create(context, of->table, &made);
  if (status == TRIPLET_OK)
    triplet_recipe_destroy(made);
  else
    of->made = made;
  return status;
}

static triplet_status fit(triplet_context *context, void *data) {
  work *of = data;
  return triplet_recipe_fit(context, of->recipe, of->table, ALL);
}

static triplet_status write_matrix(triplet_context *context, void *data) {
  work *of = data;
  pattern_set(of->x, sizeof of->x);
  return triplet_recipe_matrix(
      context, of->recipe, of->table, ALL,
      triplet_matrix_of(of->x, triplet_table_rows(of->table), triplet_recipe_inputs(of->recipe)));
}

static triplet_status read_for_recipe(triplet_context *context, void *data) {
  work *of = data;
  static const char text[] = "color,size,k\ngreen,,a\nred,1,\nblue,2,b\n,3,a\n";
  const triplet_table_options options = TABLE(.recipe = of->recipe, .label = "k");
  triplet_table *table = NULL;
  const triplet_status status = triplet_table_read(context, &options, text, sizeof text - 1, &table);
  assert_int_equal(table != NULL, status == TRIPLET_OK);
  triplet_table_destroy(table);
  return status;
}

static void nothing_was_made(void *data) {
  assert_ptr_equal(((work *)data)->made, data);
}

static void nothing_was_fitted(void *data) {
  const triplet_recipe_column column = triplet_recipe_column_at(((work *)data)->recipe, 0);
  assert_true(column.mean == 0 && column.deviation == 1 && column.fill == 0);
}

static void nothing_was_written(void *data) {
  assert_true(pattern_stands(((work *)data)->x, sizeof((work *)data)->x));
}

static void survives_short_memory(void **state) {
  (void)state;
  work of = {.table = read_text("size,color,k\n1,red,a\n3,blue,b\n,red,a\n", TABLE(.label = "k"))};
  of.recipe = recipe_of(of.table);
  assert_true(fail_each_allocation(create, nothing_was_made, &of) >= 5);
  assert_true(fail_each_allocation(fit, nothing_was_fitted, &of) >= 2);
  assert_true(fail_each_allocation(write_matrix, nothing_was_written, &of) >= 1);
  assert_true(fail_each_allocation(read_for_recipe, NULL, &of) > 10);
  triplet_recipe_destroy(of.recipe);
  triplet_table_destroy(of.table);
}

/* ---- models ------------------------------------------------------------------------------------------------------ */

static const char odd_text[] =
    "\"quote \"\" slash \\ / line\nbell \a "
    "\x7f\",\"\xc3\xa9\xe4\xb8\xad,;\",\"],[\",k\n0.1,u,3,a\n1e300,\"v\n\"\"\",5,b\n-7.25,u,,"
    "a\n,\"=\",4,b\n5,,7,a\n";

static triplet_trainer *trainer_of(const learned *of) {
  const size_t rows = triplet_table_rows(of->table), inputs = triplet_recipe_inputs(of->recipe);
  float *x = matrix_of(of->recipe, of->table, ALL);
  const triplet_column label = triplet_table_column(of->table, triplet_table_label(of->table));
  triplet_trainer_options options = triplet_trainer_default_options();
  options.standardize = false;
  options.layers = 1;
  options.widths[0] = 2;
  triplet_trainer *trainer;
  assert_int_equal(triplet_trainer_create(NULL, &options, triplet_matrix_of(x, rows, inputs),
                                          triplet_labels_of(label.codes, rows), &trainer),
                   TRIPLET_OK);
  free(x);
  return trainer;
}

typedef struct bytes {
  uint8_t *data;
  size_t size;
} bytes;

static bytes save(const triplet_trainer *trainer) {
  bytes saved;
  assert_int_equal(triplet_trainer_save(NULL, trainer, NULL, 0, &saved.size), TRIPLET_OK);
  saved.data = malloc(saved.size);
  assert_int_equal(triplet_trainer_save(NULL, trainer, saved.data, saved.size, &saved.size), TRIPLET_OK);
  return saved;
}

static triplet_trainer *load(const bytes *from) {
  triplet_context *own = triplet_context_create(NULL);
  triplet_trainer *trainer = NULL;
  if (triplet_trainer_load(own, from->data, from->size, &trainer) != TRIPLET_OK)
    fail_msg("%s", triplet_context_error(own)->message);
  triplet_context_destroy(own);
  return trainer;
}

static void assert_same_recipe(const triplet_recipe *left, const triplet_recipe *right) {
  assert_int_equal(triplet_recipe_columns(left), triplet_recipe_columns(right));
  assert_int_equal(triplet_recipe_inputs(left), triplet_recipe_inputs(right));
  assert_int_equal(triplet_recipe_label(left) != NULL, triplet_recipe_label(right) != NULL);
  if (triplet_recipe_label(left))
    assert_string_equal(triplet_recipe_label(left), triplet_recipe_label(right));
  for (size_t i = 0; i < triplet_recipe_inputs(left); i++)
    assert_string_equal(triplet_recipe_input(left, i), triplet_recipe_input(right, i));
  for (size_t i = 0; i < triplet_recipe_columns(left); i++) {
    const triplet_recipe_column x = triplet_recipe_column_at(left, i), y = triplet_recipe_column_at(right, i);
    assert_string_equal(x.name, y.name);
    assert_int_equal(x.kind, y.kind);
    assert_true(x.mean == y.mean && x.deviation == y.deviation && x.fill == y.fill);
    assert_int_equal(x.values.count, y.values.count);
    for (size_t j = 0; j < x.values.count; j++)
      assert_string_equal(x.values.items[j], y.values.items[j]);
  }
}

static void travels_with_models(void **state) {
  (void)state;
  const struct {
    const char *text;
    triplet_table_options options;
  } cases[] = {
      {odd_text, TABLE(.label = "k")},
      {odd_text, PLAIN_TABLE(.label = "k", .ignore = TEXTS("quote \" slash \\ / line\nbell \a \x7f"))},
      {"1,a\n2,b\n4,a\n5,b\n", TABLE(.label = "last", .missing = TRIPLET_MISSING_DROP)},
      {"c,d,k\nu,5,a\nv,6,b\nu,6,b\n", TABLE(.label = "k", .categories = TEXTS("d"), .missing = TRIPLET_MISSING_ERROR)},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    learned made = learn(cases[i].text, cases[i].options);
    triplet_trainer *trainer = trainer_of(&made);
    assert_int_equal(triplet_trainer_set_recipe(NULL, trainer, made.recipe), TRIPLET_OK);
    assert_ptr_not_equal(triplet_trainer_recipe(trainer), made.recipe); /* copied */
    const bytes saved = save(trainer);
    triplet_trainer *loaded = load(&saved);
    const triplet_recipe *recipe = triplet_trainer_recipe(loaded);
    assert_same_recipe(made.recipe, recipe);
    const bytes again = save(loaded);
    assert_int_equal(saved.size, again.size);
    assert_memory_equal(saved.data, again.data, saved.size);

    /* The same rows give the same bits, and the same is refused. */
    float *expected = matrix_of(made.recipe, made.table, ALL);
    triplet_table *table = read_text(cases[i].text, TABLE(.recipe = recipe));
    static const int32_t first[] = {0, 1, 2};
    float *x = matrix_of(recipe, table, (triplet_ints){first, 3});
    assert_same_bits(x, expected, 3 * triplet_recipe_inputs(recipe), "matrix of a loaded recipe");
    free(x);
    free(expected);
    triplet_table_destroy(table);
    if (cases[i].options.missing == TRIPLET_MISSING_ERROR)
      assert_refused("c,d\n,5\n", TABLE(.recipe = recipe), "column c: 1 of 1 cells are empty");
    free(again.data);
    free(saved.data);
    triplet_trainer_destroy(loaded);
    triplet_trainer_destroy(trainer);
    forget(&made);
  }
}

static void recipes_of_trainers(void **state) {
  (void)state;
  learned made = learn("x,y,k\n1,2,a\n2,5,b\n3,1,a\n4,2,b\n", TABLE(.label = "k")),
          wide = learn("x,c,k\n1,u,a\n2,v,b\n3,w,a\n4,u,b\n", TABLE(.label = "k"));
  triplet_trainer *trainer = trainer_of(&made);
  assert_null(triplet_trainer_recipe(trainer));
  const bytes without = save(trainer);
  assert_int_equal(triplet_trainer_set_recipe(context, trainer, made.recipe), TRIPLET_OK);
  assert_error(context, triplet_trainer_set_recipe(context, trainer, wide.recipe), TRIPLET_INVALID_ARGUMENT, "recipe",
               "expected one with 2 inputs like the trainer, got 4");
  assert_same_recipe(triplet_trainer_recipe(trainer), made.recipe);
  /* Its own may be set again, and taken away. */
  assert_int_equal(triplet_trainer_set_recipe(context, trainer, triplet_trainer_recipe(trainer)), TRIPLET_OK);
  assert_same_recipe(triplet_trainer_recipe(trainer), made.recipe);
  assert_int_equal(triplet_trainer_set_recipe(context, trainer, NULL), TRIPLET_OK);
  assert_null(triplet_trainer_recipe(trainer));
  const bytes after = save(trainer);
  assert_int_equal(after.size, without.size);
  assert_memory_equal(after.data, without.data, after.size);
  free(after.data);
  free(without.data);
  triplet_trainer_destroy(trainer);
  forget(&wide);
  forget(&made);
}

static triplet_trainer *load_file(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  bytes read = {malloc(100000), 0};
  read.size = fread(read.data, 1, 100000, file);
  fclose(file);
  triplet_trainer *trainer = load(&read);
  free(read.data);
  return trainer;
}

static void write_quoted(written *to, const char *text, const char *after) {
  write_bytes(to, "\"", 1);
  for (; *text; text++)
    write_bytes(to, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
  write_format(to, "\"%s", after);
}

/* Models from before there were recipes take columns of numbers, by their names. */
static void old_models(void **state) {
  (void)state;
  static const char *const paths[] = {"tests/data/version-1.safetensors", "tests/data/version-2.safetensors"};
  for (size_t i = 0; i < 2; i++) {
    triplet_trainer *trainer = load_file(paths[i]);
    const triplet_recipe *recipe = triplet_trainer_recipe(trainer);
    const size_t inputs = triplet_trainer_inputs(trainer);
    const bytes saved = save(trainer);
    triplet_trainer *again = load(&saved);
    if (triplet_trainer_name_count(trainer, TRIPLET_NAMES_COLUMNS) == 0) {
      assert_null(recipe);
    } else {
      assert_non_null(recipe);
      assert_int_equal(triplet_recipe_inputs(recipe), inputs);
      assert_null(triplet_recipe_label(recipe));
      written text = {0};
      for (size_t j = inputs; j-- > 0;)
        write_quoted(&text, triplet_trainer_name(trainer, TRIPLET_NAMES_COLUMNS, j), j ? "," : "\n");
      for (size_t row = 0; row < 2; row++)
        for (size_t j = inputs; j-- > 0;)
          write_format(&text, "%zu.25%s", 10 * row + j, j ? "," : "\n");
      triplet_table *table = read_text(text.text, TABLE(.recipe = recipe));
      float *x = matrix_of(recipe, table, ALL);
      for (size_t j = 0; j < 2 * inputs; j++)
        assert_true(x[j] == (float)(10 * (j / inputs) + j % inputs) + 0.25f);
      free(x);
      triplet_table_destroy(table);
      free(text.text);
      assert_same_recipe(recipe, triplet_trainer_recipe(again));
    }
    free(saved.data);
    triplet_trainer_destroy(again);
    triplet_trainer_destroy(trainer);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(inputs),
      cmocka_unit_test(matrices_by_hand),
      cmocka_unit_test(fits_against_naive_sums),
      cmocka_unit_test(fits_look_at_their_rows),
      cmocka_unit_test(constants),
      cmocka_unit_test(ends_of_the_range),
      cmocka_unit_test(columns_by_name),
      cmocka_unit_test(nothing_is_decided_on),
      cmocka_unit_test(faults_for_a_recipe),
      cmocka_unit_test(recipes_without_a_header),
      cmocka_unit_test(unknown_values),
      cmocka_unit_test(minus_as_a_value),
      cmocka_unit_test(missing_cells_for_a_recipe),
      WITH_CONTEXT(other_tables_are_refused),
      WITH_CONTEXT(bad_arguments),
      cmocka_unit_test(survives_short_memory),
      cmocka_unit_test(travels_with_models),
      WITH_CONTEXT(recipes_of_trainers),
      cmocka_unit_test(old_models),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
