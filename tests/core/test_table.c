/* Tables: how bytes become cells, what the columns are taken for, and what is told of it, by hand. */
#include "notes.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"

/* ---- cells ------------------------------------------------------------------------------------------------------- */

#define TWO_BY_TWO "x number input: 1 2.5\nk category input: a b\n"

static void separators(void **state) {
  (void)state;
  assert_columns("x,k\n1,a\n2.5,b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x;k\n1;a\n2,5;b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x\tk\n1\ta\n2,5\tb\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x|k\n1|a\n2.5|b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x k\n1 a\n2.5 b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("  x \t k\n1\ta  \n 2.5   b\n", TABLE(.separator = TRIPLET_SEPARATOR_BLANKS), TWO_BY_TWO);

  /* The first line decides: most of it outside quotes, and no comma between digits beside another one. */
  assert_columns("x;k;\"a,b,c,d\"\n1;a;2\n2,5;b;3\n", TABLE(0), TWO_BY_TWO "a,b,c,d number input: 2 3\n");
  assert_columns(
      "item;x;k;note\n1;2;a;b, c, d\n2;3;b;b\n", TABLE(0),
      "item number input: 1 2\nx number input: 2 3\nk category input: a b\nnote category input: b, c, d b\n");
  assert_columns("0,5;1,5;a\n1,5;2,5;b\n3;1;a\n", TABLE(0),
                 "1 number input: 0.5 1.5 3\n2 number input: 1.5 2.5 1\n3 category input: a b a\n");
  assert_columns("a;b,c\n1;2\n3;4\n", TABLE(.separator = TRIPLET_SEPARATOR_SEMICOLON),
                 "a number input: 1 3\nb,c number input: 2 4\n");
  assert_columns("a b,c d\n1,2\n3,4\n", TABLE(0), "a b number input: 1 3\nc d number input: 2 4\n");

  /* A comma that separates is no mark of decimals, and one that does not is. */
  assert_columns("x,y\n\"1,5\",2\n\"2,5\",3\n", TABLE(0), "x category input: 1,5 2,5\ny number input: 2 3\n");
  assert_columns("x;y\n\"1,5\";2.5\n-2,5e1;3\n", TABLE(0), "x number input: 1.5 -25\ny number input: 2.5 3\n");
}

/* As Excel writes it where commas are decimal. */
static void separator_lines(void **state) {
  (void)state;
  assert_columns("sep=;\nx;k\n1;a\n2,5;b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("\xef\xbb\xbfsep=\t\r\nx\tk\r\n1\ta\r\n2.5\tb\r\n", TABLE(0), TWO_BY_TWO);
  assert_columns("sep=|\rx|k,l,m\r1|a\r2.5|b\r", TABLE(0), "x number input: 1 2.5\nk,l,m category input: a b\n");
  /* One that is given is taken. */
  assert_columns("sep=;\nx,k\n1,a\n2.5,b\n", TABLE(.separator = TRIPLET_SEPARATOR_COMMA), TWO_BY_TWO);
  /* Others are a table's. */
  assert_columns("sep=,k\n1,a\n2.5,b\n", TABLE(0), "sep= number input: 1 2.5\nk category input: a b\n");
  assert_refused("sep=;", TABLE(0), "it has a header, and no rows");
  assert_refused("sep=;\n", TABLE(0), "it has no rows");
}

static void tabs_among_blanks(void **state) {
  (void)state;
  assert_columns("1 2\t3\n2 \t 3 4\n5\t6\t\t8\n", TABLE(0),
                 "1 number input: 1 2 5\n2 number input: 2 3 6\n3 number input: 3 4 8\n");
  assert_columns("18.0   8   \"a b\"\n17.5\t9\t\"a b\"\n16 7 \"c\"\n", TABLE(0),
                 "1 number input: 18 17.5 16\n2 number input: 8 9 7\n3 category input: a b a b c\n");
  assert_columns("a b\tc\n1\t2\n2\t3\n", TABLE(0), "a b number input: 1 2\nc number input: 2 3\n");
}

static void quotes_in_the_first_line(void **state) {
  (void)state;
  /* One that stands inside a cell opens nothing. */
  assert_columns("5\" disk,b,k\n1,2,3\n4,5,6\n", TABLE(0),
                 "5\" disk number input: 1 4\nb number input: 2 5\nk number input: 3 6\n");
  assert_columns("a \"b,,,;c;d\n1;2;3\n4;5;6\n", TABLE(.separator = TRIPLET_SEPARATOR_SEMICOLON),
                 "a \"b,,, number input: 1 4\nc number input: 2 5\nd number input: 3 6\n");
  assert_columns("\"a \"\",,,,\"\"\"; \"c,\"\"\" ;d\n1;2;3\n4;5;6\n", TABLE(0),
                 "a \",,,,\" number input: 1 4\nc,\" number input: 2 5\nd number input: 3 6\n");
  assert_columns("\"a\" \"b,,,c\" k\n1 2 3\n4 5 6\n", TABLE(0),
                 "a number input: 1 4\nb,,,c number input: 2 5\nk number input: 3 6\n");
  assert_columns("\"a \"\"b;\";\"c\";d\n1;2;3\n4;5;6\n", TABLE(0),
                 "a \"b; number input: 1 4\nc number input: 2 5\nd number input: 3 6\n");
}

static void quotes(void **state) {
  (void)state;
  assert_columns("\"x\",\"k\"\n\"1\",\"a\"\n\"2.5\",b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x,k\n1,\"a,b\"\n2,\"c\"\"d\"\n3,\"\"\"\"\n4,\"e\n\n f \"\n5,g\"h\n", TABLE(0),
                 "x number input: 1 2 3 4 5\nk category input: a,b c\"d \" e\n\n f  g\"h\n");
  /* Line ends in them are LF, blanks around them are not theirs, and those inside are. */
  assert_columns("x,k\r\n1,\"a\r\nb\"\r\n2, \" a\rb\" \t\r\n", TABLE(0),
                 "x number input: 1 2\nk category input: a\nb  a\nb\n");
  assert_columns("x,k\n1,\"\"\n2,\"NA\"\n3,a\n", TABLE(0), "x number input: 1 2 3\nk category input: _ _ a\n");
  assert_columns("x k\n1 \"a b\"\n2 \"c\"\n", TABLE(0), "x number input: 1 2\nk category input: a b c\n");
  assert_refused("x,k\n1,\"a\n2,b\n", TABLE(0), "row 1, column k: a quote is opened and never closed");
  assert_refused("x,k\n1,a\n\"2\"5,b\n", TABLE(0), "row 2, column x: text follows a closing quote");
  assert_refused("x,\"k\n1,a\n", TABLE(0), "the first row, column 2: a quote is opened and never closed");
  assert_refused("x,\"k\" 2\n1,a\n", TABLE(0), "the first row, column 2: text follows a closing quote");
}

static void blanks(void **state) {
  (void)state;
  assert_columns(" x , k\t\n 1,a \n\t2.5 ,  b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x\tk\n 1 \ta b \n2.5\t c\n", TABLE(0), "x number input: 1 2.5\nk category input: a b c\n");
}

static void line_ends(void **state) {
  (void)state;
  static const char *const texts[] = {"x,k\n1,a\n2.5,b\n", "x,k\r\n1,a\r\n2.5,b\r\n",
                                      "x,k\r1,a\r2.5,b\r", "x,k\n1,a\r\n2.5,b\r",
                                      "x,k\n1,a\n2.5,b",   "\n\n x,k\r\r\n\n1,a\n  \n\t\n2.5,b\n\n\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_columns(texts[i], TABLE(0), TWO_BY_TWO);
}

static void encodings(void **state) {
  (void)state;
  assert_columns("\xef\xbb\xbfx,k\n1,a\n2.5,b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("\xef\xbb\xbf\"x\",k\n1,a\n2.5,b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x,k\n1,\xc3\xa9\n2,\xf0\x9f\x8d\x8e\n", TABLE(0),
                 "x number input: 1 2\nk category input: \xc3\xa9 \xf0\x9f\x8d\x8e\n");
  assert_columns("x,k\n1,\xe9\n2,\xe8\n", TABLE(.encoding = TRIPLET_ENCODING_LATIN1),
                 "x number input: 1 2\nk category input: \xc3\xa9 \xc3\xa8\n");

  /* Latin-1, a character cut short, one written too long, half a pair of UTF-16, beyond Unicode. */
  static const char *const bad[] = {"\xe9", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\x80"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char text[64];
    snprintf(text, sizeof text, "x,k\n1,a\n2,b%s\n3,c\n", bad[i]);
    assert_refused(text, TABLE(0), "row 2, column k: not UTF-8; encoding = \"latin1\" reads Latin-1");
    snprintf(text, sizeof text, "x,k%s\n1,a\n", bad[i]);
    assert_refused(text, TABLE(0), "the first row, column 2: not UTF-8; encoding = \"latin1\" reads Latin-1");
  }
}

static void comments(void **state) {
  (void)state;
  assert_columns("# x,y,z\n#\nx,k\n1,a\n#2,c\n2.5,b\n#", TABLE(.comment = "#"), TWO_BY_TWO);
  assert_columns("//;;;;\nx,k\n//\"\n1,a\n2.5,b\n", TABLE(.comment = "//"), TWO_BY_TWO);
  /* Inside a cell, and without being asked for, they are text. */
  assert_columns("x,k\n1,\"a\n#b\"\n2,#\n", TABLE(.comment = "#"), "x number input: 1 2\nk category input: a\n#b #\n");
  assert_columns("x,#k\n1,#a\n2.5,#b\n", TABLE(0), "x number input: 1 2.5\n#k category input: #a #b\n");
}

static void doubled_tabs(void **state) {
  (void)state;
  assert_columns("x\ty\tk\n1\t\t2\ta\n3\t4\t\tb\n", TABLE(0),
                 "x number input: 1 3\ny number input: 2 4\nk category input: a b\n");
  assert_notes("x\ty\tk\n1\t\t2\ta\n3\t4\t\tb\n", TABLE(0),
               "cells are separated by tabs, several of which count as one (separator)\n"
               "k: 2 values, 2 columns (ignore k)\n");
  /* They are empty cells where rows then have as many. */
  assert_columns("x\ty\tk\n1\t\ta\n3\t4\tb\n2\t3\ta\n", TABLE(0),
                 "x number input: 1 3 2\ny number input: _ 4 3\nk category input: a b a\n");
  assert_refused("x\ty\tk\n1\t\ta\n3\t4\t\tb\n", TABLE(0), "row 2: 4 cells, where the first line has 3");
  assert_refused("x\ty\tk\n1\t\t2\ta\n3\t4\ta\n", TABLE(.separator = TRIPLET_SEPARATOR_TAB),
                 "row 1: 4 cells, where the first line has 3");
}

static void row_names(void **state) {
  (void)state;
  /* As R writes them: without a cell in the first line. */
  static const char *const texts[] = {"\"x\",\"k\"\n\"1\",1,\"a\"\n\"2\",2.5,\"b\"\n", "x\tk\nr1\t1\ta\nr2\t2.5\tb\n",
                                      "x k\nr1 1 a\nr2 2.5 b\n"};
  static const char *const names[] = {"column_1 number left out: 1 2\n", "column_1 category left out:\n",
                                      "column_1 category left out:\n"};
  for (size_t i = 0; i < 3; i++) {
    char expected[200];
    snprintf(expected, sizeof expected, "%sx number input: 1 2.5\nk category label: a b\n", names[i]);
    assert_columns(texts[i], TABLE(.label = "k"), expected);
  }
  assert_refused("x,k\na,1,a\nb,2\n", TABLE(0), "row 1: 3 cells, where the first line has 2");
  assert_refused("1,2\n1,2,3\n", TABLE(.header = TRIPLET_HEADER_FALSE), "row 2: 3 cells, where the first line has 2");
}

static void cells_at_the_end(void **state) {
  (void)state;
  /* A separator at the end makes no cell, nor do many. */
  assert_columns("x,k\n1,a,\n2.5,b,,,\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x,k,\n1,a,\n2.5,b,\n", TABLE(0), TWO_BY_TWO "column_3 number left out: _ _\n");
  assert_columns("x,k\n1,\n2.5,b\n", TABLE(0), "x number input: 1 2.5\nk category input: _ b\n");
  /* Nor does one at the end of the header, where rows have none. */
  assert_columns("x,k,\n1,a\n2.5,b\n", TABLE(0), TWO_BY_TWO);
  assert_columns("x\tk\t\n1\ta\n2.5\tb\n", TABLE(0), TWO_BY_TWO);
  assert_refused("x,k,\n1,a\n2,b,\n", TABLE(0), "row 1: 2 cells, where the first line has 3");
  assert_refused("x,k,\n1,a\n2,b\n", TABLE(.header = TRIPLET_HEADER_FALSE),
                 "row 2: 2 cells, where the first line has 3; row 3: 2 cells, where the first line has 3");
  assert_refused("x,k\n1,a,b\n2,a\n", TABLE(0), "row 1: 3 cells, where the first line has 2");
  assert_refused("x,k\n1,a\n2\n", TABLE(0), "row 2: 1 cell, where the first line has 2");
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

static bool has_header(const char *text, triplet_table_options options) {
  triplet_table *table = read_text(text, options);
  const bool named = strcmp(triplet_table_column(table, 0).name, "1") != 0;
  triplet_table_destroy(table);
  return named;
}

static void headers(void **state) {
  (void)state;
  static const char *const with[] = {
      "x,y\n1,2\n3,4\n",
      "x,y,k\n1,2,a\n3,4,b\n",
      ",x\n0,1.5\n1,2.5\n",                               /* pandas' index */
      "0,1,2,kind\n5,6,7,a\n6,5,7,b\n7,8,9,a\n4,3,2,b\n", /* its numbered columns */
      "0,1,2,kind\n5,6,7,1\n6,5,7,2\n",
      "0,1,2,3\n5,6,7,1\n6,5,7,2\n",
      "0,1,2,3\n5,6,7,a\n6,5,7,b\n",
      "country,1990,1991,1992\nFrance,5,6,7\nSpain,6,5,7\nItaly,7,8,9\n", /* years */
      "400,402,404,class\n0.1,0.2,0.3,1\n0.2,0.1,0.3,2\n",                /* waves */
      "1105.1,1102.6,1100.1,class\n0.1,0.2,0.3,1\n0.2,0.1,0.3,2\n",
      "0.1,0.2,0.3,0.4,class\n1,2,3,5,1\n2,1,2,4,2\n",
      "x,y,2,5,9,k\n1,2,3,5,1,4\n2,1,2,4,2,3\n",
      "color,size\nred,big\nblue,small\nred,small\n",
      "a,b\nc,d\ne,f\n", /* nothing tells, and most tables have one */
      "x,y\n?,NA\n1,2\n2,3\n",
      "x,y\n1,one\n2,2\n3,3\n",
  };
  static const char *const without[] = {
      "0,0,1\n0.1,1,0\n",
      "1,2,3\n4,5,6\n",
      "5.1,3.5,setosa\n4.9,3,setosa\n6,2.9,virginica\n",
      "M,0.4,0.3\nM,0.3,0.2\nF,0.5,0.4\n",
      "p,x,s\ne,x,y\ne,b,s\n",         /* texts that come again */
      "2,30,?,1\n1,50,2,3\n4,5,6,7\n", /* one of its cells is missing, which is no name */
      "NA,30,-\n1,50,2\n4,5,6\n",
      "5.1,3.5,none,0.2\n4.9,3,1.4,0.2\n4.7,3.2,1.3,0.2\n", /* a text where it should be a number */
      "5.1,3.5,none,0.2,u\n4.9,3,1.4,0.2,v\n4.7,3.2,1.3,0.2,v\n",
      ",2,3\n1,2.5,3\n2,3,4\n",
      "0,1,2\n5,6,7\n6,5,7\n", /* three may be so by chance */
      "1,2,3,4\n5,6,7,1\n6,5,7,2\n",
      "x,1\n?,2\n,3\n", /* a text where no other row has any */
  };
  for (size_t i = 0; i < sizeof with / sizeof *with; i++)
    if (!has_header(with[i], TABLE(0)))
      fail_msg("no header in %s", with[i]);
  for (size_t i = 0; i < sizeof without / sizeof *without; i++)
    if (has_header(without[i], TABLE(0)))
      fail_msg("a header in %s", without[i]);

  /* Row numbers that pandas or R wrote, enough of them not to be there by chance. */
  written numbered = {NULL, 0, 0};
  for (int i = 0; i < 20; i++)
    write_format(&numbered, "%s%d,%d,%s\n", i ? "" : ",0,1\n", i, i * i, i % 2 ? "a" : "b");
  assert_true(has_header(numbered.text, TABLE(0)));
  numbered.text[strlen(numbered.text) - 1] = 0;
  *strrchr(numbered.text, '\n') = 0;
  assert_false(has_header(numbered.text, TABLE(0)));
  free(numbered.text);

  assert_false(has_header("none,30,5\n1,50,2\n4,5,6\n", TABLE(.missing_texts = TEXTS("none"))));

  /* What is said of it holds. */
  assert_columns("1,a\n2,b\n3,c\n", TABLE(.header = TRIPLET_HEADER_TRUE),
                 "1 number input: 2 3\na category input: b c\n");
  assert_columns("x,k\n2,b\n3,c\n", TABLE(.header = TRIPLET_HEADER_FALSE),
                 "1 category input: x 2 3\n2 category input: k b c\n");
  assert_columns("M,0.4\nM,0.3\nF,0.5\n", TABLE(0), "1 category input: M M F\n2 number input: 0.4 0.3 0.5\n");
}

/* The first row waits until the others are read; its cells must be as good as theirs. */
static void first_rows(void **state) {
  (void)state;
  assert_columns("a,1\n?,2\n?,3\n", TABLE(0), "1 category input: a _ _\n2 number input: 1 2 3\n");
  assert_columns("a,1\n?,2\nNA,3\n", TABLE(.header = TRIPLET_HEADER_FALSE),
                 "1 category input: a _ _\n2 number input: 1 2 3\n");
  assert_columns("a,1\n5,2\n6,3\n", TABLE(.header = TRIPLET_HEADER_FALSE),
                 "1 category input: a 5 6\n2 number input: 1 2 3\n");
  assert_columns("?,1\n5,2\n6,3\n", TABLE(.header = TRIPLET_HEADER_FALSE),
                 "1 number input: _ 5 6\n2 number input: 1 2 3\n");
  assert_columns("+,1\n-,2\n+,3\n", TABLE(.header = TRIPLET_HEADER_FALSE),
                 "1 category input: + - +\n2 number input: 1 2 3\n");
  assert_columns("+,1,a\n-,2,b\n-,3,a\n", TABLE(0),
                 "1 category input: + - -\n2 number input: 1 2 3\n3 category input: a b a\n");
}

/* Which columns are read as texts depends on names, and these on whether there is a header. */
static void label_of_a_first_row_that_is_none(void **state) {
  (void)state;
  /* Taken as names, the first row would have the label in column 3. */
  assert_columns("2,3,1\n5,6,a\n5,7,9\n6,8,b\n", TABLE(.label = "1", .header = TRIPLET_HEADER_FALSE),
                 "1 category label: 2 5 5 6\n2 number input: 3 6 7 8\n3 category input: 1 a 9 b\n");
  assert_columns("2,3,1\n5,6,9\n5,7,9\n6,8,a\n", TABLE(.label = "1"),
                 "1 category label: 2 5 5 6\n2 number input: 3 6 7 8\n3 category input: 1 9 9 a\n");
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static void names(void **state) {
  (void)state;
  assert_columns("x,x,,x,\n1,2,3.5,4,5.5\n2,3,4,5,6\n", TABLE(0),
                 "x number input: 1 2\nx_2 number input: 2 3\ncolumn_3 number input: 3.5 4\nx_3 number input: 4 5\n"
                 "column_5 number input: 5.5 6\n");
  /* A name that stands in the header stays with its column, even if one before it is to be named. */
  assert_columns("x,x,x_2,k\n1,2,3,4\n2,3,5,6\n", TABLE(0),
                 "x number input: 1 2\nx_3 number input: 2 3\nx_2 number input: 3 5\nk number input: 4 6\n");
  assert_columns(
      ",column_1,x,x\n1.5,2,3,4\n2,3,5,6\n", TABLE(0),
      "column_1_2 number input: 1.5 2\ncolumn_1 number input: 2 3\nx number input: 3 5\nx_2 number input: 4 6\n");
  assert_columns("\"a\nb\",\"c,d\"\n1,2\n3,4\n", TABLE(0), "a\nb number input: 1 3\nc,d number input: 2 4\n");
}

static void labels(void **state) {
  (void)state;
  static const char text[] = "a,2,b,last\n1,5,7,9\n2,6,8,8\n3,7,9,7\n";
  static const struct {
    const char *label;
    size_t column;
  } cases[] = {{"a", 0}, {"2", 1}, {"1", 0}, {"3", 2}, {"4", 3}, {"last", 3}, {"first", 0}, {"b", 2}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    triplet_table *table = read_text(text, TABLE(.label = cases[i].label));
    assert_int_equal(triplet_table_label(table), cases[i].column);
    assert_int_equal(triplet_table_column(table, cases[i].column).kind, TRIPLET_COLUMN_CATEGORY);
    triplet_table_destroy(table);
  }
  triplet_table *table = read_text("1,2\n3,4\n", TABLE(.label = "last"));
  assert_int_equal(triplet_table_label(table), 1);
  triplet_table_destroy(table);
  table = read_text("1,2\n3,4\n", TABLE(0));
  assert_int_equal(triplet_table_label(table), 2);
  triplet_table_destroy(table);

  /* The last column is not what a separator at the end of each row makes; one that has a name is. */
  assert_columns("1,a,\n2,b,,\n", TABLE(.label = "last"),
                 "1 number input: 1 2\n2 category label: a b\n3 number left out: _ _\n");
  assert_columns("x,k,,\n1,a,,\n2,3,,\n", TABLE(.label = "last"),
                 "x number input: 1 2\nk category label: a 3\ncolumn_3 number left out: _ _\n"
                 "column_4 number left out: _ _\n");
  assert_refused("x,k\n1,\n2,\n", TABLE(.label = "last"),
                 "no row is left: in each the label or, with missing = \"drop\", another cell is empty");

  static const char *const none[] = {"c", "", "0", "5", "-1", "1.5", "1e300", "nan", "aa"};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    char message[100];
    snprintf(message, sizeof message, "label: there is no column \"%s\" among a, 2, b, last", none[i]);
    assert_refused(text, TABLE(.label = none[i]), message);
  }
}

/* Numbers in their order, then texts in that of bytes; each as it stands. */
static void values_in_order(void **state) {
  (void)state;
  triplet_table *table =
      read_text("x,k\n1,b\n2,10\n3,9\n4,a\n5,1.0\n6,-3\n7,1\n8,B\n9,\xc3\xa4\n10,1e1\n", TABLE(.label = "k"));
  const triplet_column column = triplet_table_column(table, 1);
  static const char *const expected[] = {"-3", "1", "1.0", "9", "10", "1e1", "B", "a", "b", "\xc3\xa4"};
  assert_int_equal(column.values.count, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < column.values.count; i++)
    assert_string_equal(column.values.items[i], expected[i]);
  static const int32_t codes[] = {8, 4, 3, 7, 2, 0, 1, 6, 9, 5};
  assert_memory_equal(column.codes, codes, sizeof codes);
  triplet_table_destroy(table);
}

/* ---- missing cells ----------------------------------------------------------------------------------------------- */

static void missing_cells(void **state) {
  (void)state;
  assert_columns("x,y\n,1\nNA,1.5\nN/A,2\nNaN,3\nnull,4\n?,5\n-,6\nna,7\nn/a,8\nnan,9\nNULL,10\nNull,11\n7,12\n8,13\n",
                 TABLE(0),
                 "x number input: _ _ _ _ _ _ _ _ _ _ _ _ 7 8\n"
                 "y number input: 1 1.5 2 3 4 5 6 7 8 9 10 11 12 13\n");
  assert_columns("x,y\na,1\nNA,1.5\nnull,2\n-,3\n?,4\n,5\nb,6\n", TABLE(0),
                 "x category input: a _ _ _ _ _ b\ny number input: 1 1.5 2 3 4 5 6\n");
  /* Others are texts. */
  assert_columns("x,y\nNone,1\nna.,1.5\n--,2\n#N/A,3\nNaN?,4\n.,5\n", TABLE(0),
                 "x category input: None na. -- #N/A NaN? .\ny number input: 1 1.5 2 3 4 5\n");
  assert_columns("x,y,z\n-999,.,a\n1,2,.\n2,b,\n", TABLE(.missing_texts = TEXTS("-999", ".")),
                 "x number input: _ 1 2\ny category input: _ 2 b\nz category input: a _ _\n");
  /* A - beside a + is none. */
  assert_columns("x,y\n+,1\n-,2\nNA,3\n-,4\n", TABLE(0), "x category input: + - _ -\ny number input: 1 2 3 4\n");
  assert_columns("x,y\n-,1\n?,2\n-,3\n+,4\n", TABLE(0), "x category input: - _ - +\ny number input: 1 2 3 4\n");
  assert_columns("x,y\n-,1\n5,2\n+,3\n", TABLE(0), "x category input: - 5 +\ny number input: 1 2 3\n");
  assert_columns("x,y\n-,1\n+a,2\nb,3\n", TABLE(0), "x category input: _ +a b\ny number input: 1 2 3\n");
  assert_columns("x,y\n+,1\n-,2\n-,3\n", TABLE(.missing_texts = TEXTS("-"), .keep = TEXTS("x")),
                 "x category input: + _ _\ny number input: 1 2 3\n");
}

static void missing_labels(void **state) {
  (void)state;
  static const char text[] = "x,k\n1,a\n,b\n2,?\n3,\n4,b\n";
  triplet_table *table = read_text(text, TABLE(.label = "k"));
  assert_int_equal(triplet_table_rows(table), 3);
  static const size_t rows[] = {0, 1, 4};
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(triplet_table_row(table, i), rows[i]);
  triplet_table_destroy(table);
  assert_columns(text, TABLE(.label = "k"), "x number input: 1 _ 4\nk category label: a b b\n");
  assert_notes(text, TABLE(.label = "k"),
               "2 of 5 rows are left out: k is empty\nx: 1 of 3 empty, filled with the mean (missing drop)\n");
  assert_refused("x,k\n1,\n2,?\n", TABLE(.label = "k"),
                 "no row is left: in each the label or, with missing = \"drop\", another cell is empty");
}

static void missing_rows(void **state) {
  (void)state;
  static const char text[] = "x,s,k,z\n1,u,a,1\n,v,b,2\n2,,a,3\n3,v,,4\n4,u,b,\n5,w,b,6\n6,u,a,7\n";
  assert_columns(text, TABLE(.label = "k", .missing = TRIPLET_MISSING_DROP, .ignore = TEXTS("z")),
                 "x number input: 1 4 5 6\ns category input: u u w u\nk category label: a b b a\n"
                 "z number left out: 1 _ 6 7\n");
  assert_notes(
      text, TABLE(.label = "k", .missing = TRIPLET_MISSING_DROP, .ignore = TEXTS("z")),
      "1 of 7 rows are left out: k is empty\n2 of 7 rows are left out: cells of theirs are empty (missing mean)\n"
      "s: 2 values, 2 columns (ignore s)\n");
  triplet_table *table = read_text(text, TABLE(.label = "k", .missing = TRIPLET_MISSING_DROP));
  static const size_t rows[] = {0, 5, 6};
  assert_int_equal(triplet_table_rows(table), 3);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(triplet_table_row(table, i), rows[i]);
  triplet_table_destroy(table);

  assert_refused(text, TABLE(.label = "k", .missing = TRIPLET_MISSING_ERROR),
                 "column x: 1 of 7 cells are empty; missing = \"mean\" fills them; column s: 1 of 7 cells are empty; "
                 "missing = \"mean\" fills them; column z: 1 of 7 cells are empty; missing = \"mean\" fills them");
  assert_columns("x,y,k\n1,,a\n2,,b\n", TABLE(.label = "k", .missing = TRIPLET_MISSING_ERROR),
                 "x number input: 1 2\ny number left out: _ _\nk category label: a b\n");
}

/* ---- what columns are -------------------------------------------------------------------------------------------- */

/* `rows` lines of an x that is anything, what `cell` writes of a row, and a label. */
static char *long_table(size_t rows, const char *name, void (*cell)(written *to, size_t row)) {
  written made = {0};
  write_format(&made, "x,%s,k\n", name);
  for (size_t row = 0; row < rows; row++) {
    write_format(&made, "%zu.5,", row * row % 7);
    cell(&made, row);
    write_format(&made, ",%s\n", row % 2 ? "a" : "b");
  }
  return made.text;
}

static void from_0(written *to, size_t row) {
  write_format(to, "%zu", row);
}
static void from_1(written *to, size_t row) {
  write_format(to, "%zu.0", row + 1);
}
static void from_2(written *to, size_t row) {
  write_format(to, "%zu", row + 2);
}
static void with_a_gap(written *to, size_t row) {
  if (row != 7)
    write_format(to, "%zu", row);
}
static void whole(written *to, size_t row) {
  write_format(to, "%zu", row * 31 % 17);
}
static void halves(written *to, size_t row) {
  write_format(to, "%zu.5", row);
}
static void different(written *to, size_t row) {
  write_format(to, "t%zu", row);
}
static void nearly_different(written *to, size_t row) {
  write_format(to, "t%zu", row ? row : 1);
}
static void different_or_missing(written *to, size_t row) {
  if (row % 5)
    write_format(to, "t%zu", row);
}
static void constant(written *to, size_t row) {
  (void)row;
  write_format(to, "7");
}
static void constant_text(written *to, size_t row) {
  (void)row;
  write_format(to, "t");
}
static void text_or_missing(written *to, size_t row) {
  write_format(to, row % 3 ? "t" : "");
}
static void number_or_missing(written *to, size_t row) {
  write_format(to, row % 3 ? "7" : "");
}
static void empty(written *to, size_t row) {
  write_format(to, row % 3 ? "" : "NA");
}
static void of_32(written *to, size_t row) {
  write_format(to, "t%zu", row % 32);
}
static void of_33(written *to, size_t row) {
  write_format(to, "t%zu", row % 33);
}
static void numbers_but(written *to, size_t row) {
  write_format(to, row % 40 == 39 ? "none" : "%zu", row * row);
}

/* Whether the column is an input, or what is told of it. */
static void assert_use(size_t rows, const char *name, void (*cell)(written *to, size_t row), const char *why) {
  char *text = long_table(rows, name, cell);
  triplet_table *table = read_text(text, TABLE(.label = "k"));
  char *notes = notes_of(table), line[200];
  snprintf(line, sizeof line, "left out: %s (%s", triplet_table_column(table, 1).name, why ? why : "");
  const triplet_column_use use = triplet_table_column(table, 1).use;
  if (use != (why ? TRIPLET_COLUMN_LEFT_OUT : TRIPLET_COLUMN_INPUT) || (why != NULL) != (strstr(notes, line) != NULL))
    fail_msg("%zu rows of %s: %s, not %s", rows, name, notes, line);
  free(notes);
  triplet_table_destroy(table);
  free(text);
}

static void uses(void **state) {
  (void)state;
  static const char in_order[] = "whole numbers in order; keep c)\n", id[] = "looks like an id; keep ";
  assert_use(20, "c", from_0, in_order);
  assert_use(20, "c", from_1, in_order);
  assert_use(19, "c", from_0, NULL);
  assert_use(20, "c", from_2, NULL);
  assert_use(20, "c", with_a_gap, NULL);
  assert_use(20, "c", whole, NULL);

  static const char *const ids[] = {"id",          "ID",         "Id",      "index", "Index",
                                    "Unnamed: 0",  "unnamed: 0", "user_id", "_ID",   "CustomerId",
                                    "customer id", "\"\"",       ""};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    assert_use(5, ids[i], whole, id);
    assert_use(5, ids[i], different, id);
    assert_use(5, ids[i], different_or_missing, id);
    assert_use(5, ids[i], halves, NULL);
    assert_use(50, ids[i], of_32, NULL);
  }
  static const char *const others[] = {"ids", "paid", "identity", "id2", "indexed", "grid", "Unnamed: 1"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    assert_use(5, others[i], whole, NULL);

  assert_use(5, "c", constant, "the same in every row; keep c)\n");
  assert_use(5, "c", constant_text, "the same in every row; keep c)\n");
  assert_use(5, "c", number_or_missing, "the same in every row; keep c)\n");
  assert_use(5, "c", text_or_missing, NULL);
  assert_use(5, "c", empty, "empty)\n");
  assert_use(20, "c", different, "different in every row; keep c)\n");
  assert_use(26, "c", different_or_missing, "different in every row; keep c)\n");
  assert_use(19, "c", different, NULL);
  assert_use(20, "c", nearly_different, NULL);
  assert_use(100, "c", of_32, NULL);
  assert_use(100, "c", of_33, "more than 32 different texts; keep c)\n");
  assert_use(2000, "c", nearly_different, "more than 32 different texts; keep c)\n");
  assert_use(100, "c", numbers_but, "numbers, but also \"none\"; missing_texts none)\n");
}

/* The last column that could be learned from stays. */
static void last_columns_stay(void **state) {
  (void)state;
  assert_columns("id,k\n5,a\n6,b\n", TABLE(.label = "k"), "id number input: 5 6\nk category label: a b\n");
  assert_columns("id,b_id,k\n5,6,a\n6,4,b\n", TABLE(.label = "k"),
                 "id number input: 5 6\nb_id number left out: 6 4\nk category label: a b\n");
  assert_refused("c,t,k\n5,u,a\n5,u,b\n", TABLE(.label = "k"),
                 "no column is left to learn from; left out: c, t (the same in every row; keep = \"c,t\")");
  assert_refused("x,k\n1,a\nNone,b\nNone,a\nno,b\n2,c\n", TABLE(.label = "k", .ignore = TEXTS("x")),
                 "no column is left to learn from; left out: x (ignore)");
  assert_refused("e,k\n,a\n,b\n", TABLE(.label = "k"), "no column is left to learn from; left out: e (empty)");
  assert_refused("k\na\nb\n", TABLE(.label = "k"), "there is no column to learn from");
  assert_refused("x,k\n1,a\n2,b\n", TABLE(.label = "k", .ignore = TEXTS("x")),
                 "no column is left to learn from; left out: x (ignore)");
}

static void kinds(void **state) {
  (void)state;
  assert_columns(
      "a,b,c,d,e,f,g\n1,0x10,inf,1e3,1_000,+5,True\n.5,10,1,-1.e-3,5,-6,False\n", TABLE(0),
      "a number input: 1 0.5\nb category input: 0x10 10\nc category input: inf 1\nd number input: 1000 -0.001\n"
      "e category input: 1_000 5\nf number input: 5 -6\ng category input: True False\n");
  /* To the nearest double. */
  triplet_table *table =
      read_text("x\n0.1\n1700000001\n9007199254740993\n1.7976931348623157e308\n4.9e-324\n2.5\n", TABLE(0));
  static const double numbers[] = {0.1, 1700000001, 9007199254740992, 1.7976931348623157e308, 4.9e-324, 2.5};
  assert_memory_equal(triplet_table_column(table, 0).numbers, numbers, sizeof numbers);
  triplet_table_destroy(table);
  /* Beyond them is text. */
  assert_columns("x,y\n1e400,1\n2,2\n", TABLE(0), "x category input: 1e400 2\ny number input: 1 2\n");
}

static void what_is_asked_for(void **state) {
  (void)state;
  char *text = long_table(100, "c", of_33);
  triplet_table *table = read_text(text, TABLE(.label = "k", .keep = TEXTS("c")));
  triplet_column column = triplet_table_column(table, 1);
  assert_true(column.use == TRIPLET_COLUMN_INPUT && column.kind == TRIPLET_COLUMN_CATEGORY &&
              column.values.count == 33);
  triplet_table_destroy(table);
  free(text);

  /* More texts than are kept without being asked for. */
  text = long_table(3000, "c", different);
  table = read_text(text, TABLE(.label = "k", .keep = TEXTS("c")));
  column = triplet_table_column(table, 1);
  assert_true(column.kind == TRIPLET_COLUMN_CATEGORY && column.values.count == 3000 && column.missing == 0);
  for (size_t row = 0; row < 3000; row++) {
    char expected[20];
    snprintf(expected, sizeof expected, "t%zu", row);
    assert_string_equal(column.values.items[column.codes[row]], expected);
  }
  triplet_table_destroy(table);
  table = read_text(text, TABLE(.label = "c"));
  assert_int_equal(triplet_table_column(table, 1).values.count, 3000);
  triplet_table_destroy(table);
  free(text);

  assert_columns("x,c,k\n1,7,a\n2,7,b\n", TABLE(.label = "k", .keep = TEXTS("c")),
                 "x number input: 1 2\nc number input: 7 7\nk category label: a b\n");
  assert_columns("x,c,e,k\n1,7,,a\n2,8,,b\n", TABLE(.label = "k", .categories = TEXTS("c"), .keep = TEXTS("e")),
                 "x number input: 1 2\nc category input: 7 8\ne number input: _ _\nk category label: a b\n");
  assert_columns("x,c,id,k\n1,7,3,a\n2,8,4,b\n", TABLE(.label = "k", .ignore = TEXTS("c"), .keep = TEXTS("id")),
                 "x number input: 1 2\nc number left out: 7 8\nid number input: 3 4\nk category label: a b\n");
  assert_columns("1,7,a\n2,8,b\n3,7,b\n", TABLE(.label = "last", .ignore = TEXTS("1"), .categories = TEXTS("2")),
                 "1 number left out: 1 2 3\n2 category input: 7 8 7\n3 category label: a b b\n");
}

/* How many cells of a column are missing is known of every column, whatever becomes of it. */
static void missing_of_every_column(void **state) {
  (void)state;
  written made = {0};
  write_format(&made, "x,many,mixed,n,k\n");
  size_t missing[3] = {0};
  for (size_t row = 0; row < 3000; row++) {
    write_format(&made, "%zu.5,", row * row % 7);
    if (row % 10)
      write_format(&made, "t%zu", row);
    if (row == 2001)
      write_format(&made, ",some");
    else if (row % 4)
      write_format(&made, ",%zu", row);
    else
      write_format(&made, ",");
    write_format(&made, ",%s,%s\n", row % 6 ? "8" : "?", row % 3 ? "a" : "");
    if (row % 3 == 0)
      continue;
    missing[0] += row % 10 == 0;
    missing[1] += row % 4 == 0;
    missing[2] += row % 6 == 0;
  }
  for (int asked = 0; asked < 2; asked++) {
    triplet_table *table =
        read_text(made.text, asked ? TABLE(.label = "k", .ignore = TEXTS("many", "mixed", "n")) : TABLE(.label = "k"));
    assert_int_equal(triplet_table_rows(table), 2000);
    for (size_t i = 0; i < 3; i++) {
      assert_int_equal(triplet_table_column(table, i + 1).use, TRIPLET_COLUMN_LEFT_OUT);
      assert_int_equal(triplet_table_column(table, i + 1).missing, missing[i]);
    }
    triplet_table_destroy(table);
  }
  free(made.text);
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static void notes(void **state) {
  (void)state;
  assert_notes("x,k\n1,a\n2,b\n", TABLE(.label = "k"), "");
  assert_notes("x;k\n1;a\n2;b\n", TABLE(.label = "k"), "cells are separated by semicolons (separator)\n");
  assert_notes("x;k\n1,5;a\n2;b\n", TABLE(.label = "k"),
               "cells are separated by semicolons; commas are decimal (separator)\n");
  assert_notes("x|k\n1|a\n2|b\n", TABLE(.label = "k"), "cells are separated by bars (separator)\n");
  assert_notes("x\tk\n1\ta\n2\tb\n", TABLE(.label = "k"), "cells are separated by tabs (separator)\n");
  assert_notes("x k\n1 a\n2 b\n", TABLE(.label = "k"), "cells are separated by blanks (separator)\n");
  assert_notes("x;k\n1;a\n2;b\n", TABLE(.label = "k", .separator = TRIPLET_SEPARATOR_SEMICOLON), "");
  assert_notes("1,a\n2,b\n1,a\n", TABLE(.label = "last"), "no header: the columns are called 1 to 2 (header true)\n");
  assert_notes("1,a\n2,b\n1,a\n", TABLE(.label = "last", .header = TRIPLET_HEADER_FALSE), "");

  assert_notes("x,s,m,e,c,k\n1,u,u,,5,a\n2,v,,,5,b\n,u,v,,5,a\n4,v,v,NA,5,a\n", TABLE(.label = "k"),
               "x: 1 of 4 empty, filled with the mean (missing drop)\n"
               "s: 2 values, 2 columns (ignore s)\n"
               "m: 2 values, 2 columns; 1 of 4 empty, none of its values (missing drop)\n"
               "left out: e (empty)\n"
               "left out: c (the same in every row; keep c)\n");
  assert_notes("x,m,k\n1,u,a\n2,,b\n3,,b\n4,u,a\n", TABLE(.label = "k"),
               "m: 1 value, 1 column; 2 of 4 empty, none of its values (ignore m)\n");

  /* Columns that are left out for one reason share a line, where the first of them stands. */
  assert_notes("c,x,id,d,a_id,e\n5,1,3,6,4,\n5,2,4,6,3,\n", TABLE(0),
               "left out: c, d (the same in every row; keep c,d)\nleft out: id, a_id (looks like an id; keep id,a_id)\n"
               "left out: e (empty)\n");
  /* Those that were asked for are no news. */
  assert_notes("c,x,id,s\n5,1,3,u\n5,2,4,v\n", TABLE(.ignore = TEXTS("c", "id", "s")), "");
  assert_notes("c,x,id\n5,1,3\n5,2,4\n", TABLE(.keep = TEXTS("c", "id")), "");
}

/* A text of a few numbers is a category, and says which of its texts are none. */
static void notes_of_mixed_columns(void **state) {
  (void)state;
  assert_notes("x,doors,k\n1,2,a\n2,3,b\n3,4,a\n4,5more,b\n5,3,a\n", TABLE(.label = "k"),
               "doors: 4 values, 4 columns (numbers, but also \"5more\"; missing_texts 5more)\n");
  assert_notes("x,doors,k\n1,2,a\n2,two,b\n3,2,a\n4,four,b\n5,2,a\n", TABLE(.label = "k"),
               "doors: 3 values, 3 columns (ignore doors)\n");
  /* What an option would cut at its commas is not offered. */
  assert_notes("x,v,k\n1,900,a\n2,\"1,200\",b\n3,850,a\n4,700,b\n5,none,a\n", TABLE(.label = "k"),
               "v: 5 values, 5 columns (numbers, but also \"1,200\", \"none\"; missing_texts)\n");
  assert_notes("x,v,k\n1,900,a\n2,none,b\n3,850,a\n", TABLE(.label = "k", .categories = TEXTS("v")),
               "v: 3 values, 3 columns (ignore v)\n");
  assert_notes("x,\"c,d\",k\n1,5,a\n2,5,b\n", TABLE(.label = "k"), "left out: c,d (the same in every row; keep)\n");
  assert_notes(
      "x,\"c,d\",k\n1,u,a\n2,v,b\n3,v,b\n4,u,a\n", TABLE(.label = "k"),
      "c,d: 2 values, 2 columns (ignore)\n!c,d gives k away: each of its values goes with one class (ignore)\n");
}

/* More than twelve columns that have something to tell do so in one line. */
static void notes_of_many_columns(void **state) {
  (void)state;
  enum { COLUMNS = 13 };
  for (int few = 0; few < 2; few++) {
    written made = {0};
    for (int i = 0; i < COLUMNS - few; i++)
      write_format(&made, "n%d,s%d,", i, i);
    write_format(&made, "k\n");
    for (int row = 0; row < 4; row++) {
      for (int i = 0; i < COLUMNS - few; i++)
        write_format(&made, "%s,%s,", row == 1 ? "" : row == 2 ? "5" : "6", row % 2 ? "u" : "v");
      write_format(&made, "%s\n", row < 2 ? "a" : "b");
    }
    triplet_table *table = read_text(made.text, TABLE(.label = "k"));
    char *got = notes_of(table);
    if (few)
      assert_int_equal(triplet_table_notes(table), 24);
    else
      assert_string_equal(got,
                          "13 columns: 13 of 52 cells empty, filled with the means of their columns (missing drop)\n"
                          "13 columns of texts: 26 values, 26 columns\n");
    free(got);
    triplet_table_destroy(table);
    free(made.text);
  }

  written made = {0};
  for (int i = 0; i < COLUMNS; i++)
    write_format(&made, "s%d,", i);
  write_format(&made, "k\n");
  for (int row = 0; row < 4; row++) {
    for (int i = 0; i < COLUMNS; i++)
      write_format(&made, "%s,", row == 3 ? "" : row == 1 ? "u" : "v");
    write_format(&made, "%s\n", row < 2 ? "a" : "b");
  }
  assert_notes(
      made.text, TABLE(.label = "k"),
      "13 columns of texts: 26 values, 26 columns; 13 of 52 cells empty, none of their values (missing drop)\n");
  free(made.text);

  /* A line names twelve, and offers an option only for all of them. */
  assert_notes("x,a,b,c,d,e,f,g,h,i,j,l,m\n1,5,5,5,5,5,5,5,5,5,5,5,5\n2,5,5,5,5,5,5,5,5,5,5,5,5\n", TABLE(0),
               "left out: a, b, c, d, e, f, g, h, i, j, l, m (the same in every row; keep a,b,c,d,e,f,g,h,i,j,l,m)\n");
  assert_notes("x,a,b,c,d,e,f,g,h,i,j,l,m,n,o\n1,5,5,5,5,5,5,5,5,5,5,5,5,5,5\n2,5,5,5,5,5,5,5,5,5,5,5,5,5,5\n",
               TABLE(0), "left out: a, b, c, d, e, f, g, h, i, j, l, m and 2 more (the same in every row; keep)\n");
}

/* Each stays on one line, and whole characters. */
static void notes_of_odd_names(void **state) {
  (void)state;
  assert_notes("x,\"a\nb\tc\r\nd\",k\n1,5,a\n2,5,b\n", TABLE(.label = "k"),
               "left out: a b c d (the same in every row; keep a\nb\tc\nd)\n");
  written made = {0};
  for (int i = 0; i < 600; i++)
    write_format(&made, "\xc3\xa9");
  char *const name = made.text;
  made = (written){0};
  write_format(&made, "x,%s,k\n1,5,a\n2,,b\n3,6,b\n", name);
  triplet_table *table = read_text(made.text, TABLE(.label = "k"));
  assert_int_equal(triplet_table_notes(table), 1);
  char *got = notes_of(table), expected[200];
  snprintf(expected, sizeof expected, "%.80s...: 1 of 3 empty, filled with the mean (missing drop)\n", name);
  assert_string_equal(got, expected);
  free(got);
  triplet_table_destroy(table);
  free(made.text);
  free(name);
}

/* Doing as a note says gives what it says. */
static void notes_are_obeyed(void **state) {
  (void)state;
  static const char text[] = "x,c,id,s,n,doors,k\n1,5,3,u,1,2,a\n2,5,4,v,,none,b\n3,5,7,u,4,3,a\n4,5,6,v,3,4,b\n";
  assert_notes(text, TABLE(.label = "k"),
               "left out: c (the same in every row; keep c)\nleft out: id (looks like an id; keep id)\n"
               "s: 2 values, 2 columns (ignore s)\nn: 1 of 4 empty, filled with the mean (missing drop)\n"
               "doors: 4 values, 4 columns (numbers, but also \"none\"; missing_texts none)\n"
               "!s gives k away: each of its values goes with one class (ignore s)\n");
  assert_notes(text,
               TABLE(.label = "k", .keep = TEXTS("c", "id"), .ignore = TEXTS("s"), .missing = TRIPLET_MISSING_DROP,
                     .missing_texts = TEXTS("none")),
               "1 of 4 rows are left out: cells of theirs are empty (missing mean)\n");
}

static void columns_that_tell_the_label(void **state) {
  (void)state;
  assert_notes("x,n,k\n1,0,a\n2,1,b\n3,0,a\n4,1,b\n", TABLE(.label = "k"),
               "!n gives k away: each of its values goes with one class (ignore n)\n");
  assert_notes("x,n,k\n1,0,a\n2,1,b\n3,,a\n4,1,b\n", TABLE(.label = "k"),
               "n: 1 of 4 empty, filled with the mean (missing drop)\n!n gives k away: each of its values goes with "
               "one class (ignore n)\n");
  assert_notes("x,n,k\n1,-0,a\n2,1,b\n3,0,a\n4,1,b\n", TABLE(.label = "k"),
               "!n gives k away: each of its values goes with one class (ignore n)\n");
  /* Not where one label has two, two have one, or most of it is missing. */
  assert_notes("x,n,k\n1,0,a\n2,1,b\n3,2,a\n4,1,b\n", TABLE(.label = "k"), "");
  assert_notes("x,n,k\n1,0,a\n2,1,b\n3,0,a\n4,1,b\n5,0,c\n6,0,c\n", TABLE(.label = "k"), "");
  assert_notes("x,n,k\n1,0,a\n2,1,b\n3,,a\n4,,b\n5,,b\n", TABLE(.label = "k"),
               "n: 3 of 5 empty, filled with the mean (ignore n)\n");
  /* Nor where labels are too many to tell anything, or there is one. */
  assert_notes("x,n,k\n1,0,a\n2,1,b\n3,2,c\n", TABLE(.label = "k"), "");
  assert_notes("x,n,k\n1,0,a\n2,1,a\n3,2,a\n", TABLE(.label = "k"), "");
}

/* Rows of a list of lines, again and again. */
static void repeat(char *text, const char *header, const char *const *lines, size_t times) {
  strcpy(text, header);
  for (size_t i = 0; i < times; i++)
    for (const char *const *line = lines; *line; line++)
      strcat(text, *line);
}

static void values_that_tell_the_label(void **state) {
  (void)state;
  char text[1000];
  const char *const lines[] = {"1,left,0\n", "2,stayed,1\n", "1,stayed long,1\n", NULL};
  const char *const categories = "why: 3 values, 3 columns (ignore why)\n";
  repeat(text, "x,why,k\n", lines, 10);
  char warned[200];
  sprintf(warned, "%s!why gives k away: each of its values goes with one class (ignore why)\n", categories);
  assert_notes(text, TABLE(.label = "k"), warned);
  repeat(text, "x,why,k\n", lines, 9); /* it may be chance */
  assert_notes(text, TABLE(.label = "k"), categories);
  repeat(text, "x,why,k\n", lines, 10);
  strcat(text, "3,stayed,0\n");
  assert_notes(text, TABLE(.label = "k"), categories);
}

static void numbers_that_rise(void **state) {
  (void)state;
  char text[1000] = "n,x,k\n";
  for (int i = 0; i < 19; i++)
    sprintf(text + strlen(text), "%d,%d,%d\n", 100 + 13 * i, i % 7, i % 2);
  assert_notes(text, TABLE(.label = "k"), "");
  strcat(text, "1000,0,0\n");
  assert_notes(text, TABLE(.label = "k"), "!n rises in every row: does it number the rows? (ignore n)\n");
  assert_notes(text, TABLE(.label = "k", .keep = TEXTS("n")), "");
  strcat(text, "1000,0,0\n");
  assert_notes(text, TABLE(.label = "k"), "");
}

static void quantities_as_labels(void **state) {
  (void)state;
  char text[1000] = "x,mass\n";
  for (int i = 0; i < 66; i++)
    sprintf(text + strlen(text), "%d,%d\n", i % 7, 3000 + i % 33);
  assert_notes(text, TABLE(.label = "mass"),
               "!mass has 33 different numbers, each of which is taken as a class: is it a quantity?\n");
  strcat(text, "1,heavy\n");
  assert_notes(text, TABLE(.label = "mass"), "");
}

/* A long text is cut, but no character of it. */
static void texts_are_shown_whole_or_cut(void **state) {
  (void)state;
  char shown[TRIPLET_SHOWN_TEXT];
  const char *const letters = "abcdefghijklmnopqrstuvwxyzabcdefghijklmno"; /* 41 */
  char text[64];
  sprintf(text, "%sp", letters);
  triplet_show_text(shown, text, strlen(text));
  assert_string_equal(shown, "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnop\"");
  sprintf(text, "%spq", letters);
  triplet_show_text(shown, text, strlen(text));
  assert_string_equal(shown, "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnop.\"");
  sprintf(text, "%s\xc3\xa9rstu", letters);
  triplet_show_text(shown, text, strlen(text));
  assert_string_equal(shown, "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmno...\"");
  triplet_show_text(shown, "", 0);
  assert_string_equal(shown, "\"\"");
}

static void dates_and_marked_numbers(void **state) {
  (void)state;
  const char *const marked = "(marks of thousands, money or percent are not read, as in ";
  static const char *const numbers[] = {"1,234.50", "10%", "$5", "1 000", "(3.5)", "-1,000.0"};
  static const char *const dates[] = {"2024-01-05", "5.1.2024", "05/01/24", "12:30", "2024-01-05T10:00"};
  static const char *const texts[] = {"1.2.3.4x", "12-3", "A5", "5-5-5", "12345-01-05"};
  char text[300], expected[300];
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    sprintf(text, "x,n,k\n1,\"%s\",a\n2,\"%s\",b\n3,\"%s\",a\n4,,b\n", numbers[i], numbers[i], numbers[i]);
    sprintf(expected, "!n: 1 value, 1 column; 1 of 4 empty, none of its values %s\"%s\")\n", marked, numbers[i]);
    assert_notes(text, TABLE(.label = "k"), expected);
  }
  for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
    sprintf(text, "x,n,k\n1,%s,a\n2,%s,b\n3,%s,a\n4,,b\n", dates[i], dates[i], dates[i]);
    assert_notes(text, TABLE(.label = "k"),
                 "n: 1 value, 1 column; 1 of 4 empty, none of its values (dates or times; missing drop)\n");
  }
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    sprintf(text, "x,n,k\n1,%s,a\n2,%s,b\n3,%s,a\n4,,b\n", texts[i], texts[i], texts[i]);
    assert_notes(text, TABLE(.label = "k"), "n: 1 value, 1 column; 1 of 4 empty, none of its values (missing drop)\n");
  }
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static void no_tables(void **state) {
  (void)state;
  assert_refused("", TABLE(0), "it is empty");
  assert_bytes_refused(NULL, 0, TABLE(0), "it is empty");
  assert_refused("\xef\xbb\xbf", TABLE(0), "it has no rows");
  assert_refused("\n\r\n  \t\n", TABLE(0), "it has no rows");
  assert_refused("#x\n", TABLE(.comment = "#"), "it has no rows");
  assert_refused("x,k\n", TABLE(0), "it has a header, and no rows");
  assert_refused("x,k", TABLE(.header = TRIPLET_HEADER_TRUE), "it has a header, and no rows");
  assert_refused("PK\3\4....", TABLE(0),
                 "it is a ZIP archive, as workbooks of spreadsheets are: save the table as CSV");
  assert_refused("\x1f\x8b....", TABLE(0), "it is compressed by gzip: unpack it first");
  assert_refused("\xff\xfex", TABLE(0), "it is UTF-16: save the table as CSV in UTF-8");
  assert_refused("\xfe\xffx", TABLE(0), "it is UTF-16: save the table as CSV in UTF-8");
  assert_bytes_refused("x\0,\0k\0\n\0", 8, TABLE(0), "it is no text: it has zero bytes");
  assert_bytes_refused("x,k\n1,\0\n", 8, TABLE(.encoding = TRIPLET_ENCODING_LATIN1),
                       "it is no text: it has zero bytes");
  assert_bytes_refused("\5\0\0\0\0\0\0\0{\"a\":1}", 15, TABLE(0), "it is a model (safetensors), not a table");
}

/* More rows than there could be, had they as many cells as the first: of the others nothing is looked at. */
static void rows_too_short(void **state) {
  (void)state;
  written made = {0};
  for (int i = 0; i < 30; i++)
    write_format(&made, i % 2 ? ",x%d" : ",", i);
  write_format(&made, "\n");
  for (int row = 0; row < 200; row++)
    write_format(&made, "%d\n", row);
  write_format(&made, "u,v\n");
  triplet_context *own = triplet_context_create(NULL);
  triplet_table *table;
  const triplet_table_options options = TABLE(0);
  assert_int_equal(triplet_table_read(own, &options, made.text, made.size, &table), TRIPLET_BAD_TABLE);
  assert_non_null(strstr(triplet_context_error(own)->message, "most rows have 1 cell, where the first line has 31: "));
  triplet_context_destroy(own);
  free(made.text);
}

static void too_many_columns(void **state) {
  (void)state;
  enum { MOST = 1 << 22 };
  written made = {0};
  char *commas = malloc(MOST + 2);
  memset(commas, ',', MOST + 2);
  for (int more = 0; more < 2; more++) {
    made.size = 0;
    write_bytes(&made, commas, MOST - 1 + (size_t)more);
    write_bytes(&made, "\n", 1);
    assert_bytes_refused(made.text, made.size, TABLE(0),
                         more ? "expected at most 4194304 columns, got more" : "it has a header, and no rows");
  }
  free(commas);
  free(made.text);
}

static void all_trouble_at_once(void **state) {
  (void)state;
  assert_refused("x,k\n1,a,5\n2\n3,b\n4,a,6,7\n",
                 TABLE(.label = "z", .keep = TEXTS("u", "x"), .ignore = TEXTS("v"), .categories = TEXTS("w")),
                 "keep: there is no column \"u\" among x, k; ignore: there is no column \"v\" among x, k; "
                 "categories: there is no column \"w\" among x, k; label: there is no column \"z\" among x, k; "
                 "row 1: 3 cells, where the first line has 2; row 2: 1 cell, where the first line has 2; "
                 "row 4: 4 cells, where the first line has 2");
  assert_refused("Size,kind\n1,a\n2,b\n", TABLE(.label = "Kind"),
                 "label: there is no column \"Kind\" among Size, kind: did you mean kind?");
  assert_refused(
      "Size,kind\n1,a\n2,b\n", TABLE(.label = "kind", .keep = TEXTS("siZE", "siz", "sizes")),
      "keep: there is no column \"siZE\" among Size, kind: did you mean Size?; "
      "keep: there is no column \"siz\" among Size, kind; keep: there is no column \"sizes\" among Size, kind");
  assert_refused("x,y,k\n1,2,a\n", TABLE(.keep = TEXTS("x", "y"), .ignore = TEXTS("y")),
                 "ignore: column y is to be kept");
  /* By rows of the file without a header, too, and counted where they are many. */
  assert_refused("1,2\n3,4,5\n6,7\n8,9,9\n", TABLE(0),
                 "row 2: 3 cells, where the first line has 2; row 4: 3 cells, where the first line has 2");
  written made = {0};
  write_format(&made, "x,y\n1,2\n");
  for (int i = 0; i < 20; i++)
    write_format(&made, i % 2 ? "1,2\n1\n" : "1\n1,2\n");
  triplet_context *own = triplet_context_create(NULL);
  triplet_table *table;
  const triplet_table_options options = TABLE(0);
  assert_int_equal(triplet_table_read(own, &options, made.text, made.size, &table), TRIPLET_BAD_TABLE);
  const char *message = triplet_context_error(own)->message;
  assert_non_null(strstr(message, "; row 17: 1 cell, where the first line has 2; and 12 more"));
  triplet_context_destroy(own);
  free(made.text);
  /* Where most rows agree on another width, the first line is what is wrong, and one that looks like a comment is told
   * apart from one that does not. */
  assert_refused(
      "my cats\nx,k\n1,a\n2,b\n3,a\n", TABLE(.label = "k"),
      "label: there is no column \"k\" among my, cats; most rows have 1 cell, where the first line has 2: is "
      "it a title, or are cells not separated by blanks?");
  assert_refused("# my cats\n# 2024\nx,k\n1,a\n2,b\n3,a\n4,\"b\n", TABLE(0),
                 "most rows have 1 cell, where the first line has 3: is it a title, or are cells not separated by "
                 "blanks?; comment = \"#\" passes over lines that begin so");
  assert_columns("# my cats\n# 2024\nx,k\n1,a\n2,b\n3,a\n", TABLE(.comment = "#"),
                 "x number input: 1 2 3\nk category input: a b a\n");
  assert_refused("x y\n1,a\n2,b\n3,a\n\"4\n", TABLE(0),
                 "most rows have 1 cell, where the first line has 2: is it a title, or are cells not separated by "
                 "blanks?; row 4, column x: a quote is opened and never closed");
  /* A quote that is never closed ends the table. */
  assert_refused("x,y\n1\n2,\"3\n4\n", TABLE(0),
                 "row 1: 1 cell, where the first line has 2; row 2, column y: a quote is opened and never closed");
  assert_refused("x,y\n1,2,\"3\n", TABLE(0), "row 1: a quote is opened and never closed");
}

/* However long names are, the message says something, on one line. */
static void faults_with_odd_names(void **state) {
  (void)state;
  assert_refused("\"a\nb\",k\n1,2\n", TABLE(.label = "x\ny"), "label: there is no column \"x y\" among a b, k");
  written made = {0};
  for (int i = 0; i < 700; i++)
    write_format(&made, "n");
  write_format(&made, ",y\n1,2\n,3\n4,5\n");
  triplet_context *own = triplet_context_create(NULL);
  triplet_table *table;
  const triplet_table_options options = TABLE(.missing = TRIPLET_MISSING_ERROR, .keep = TEXTS("z"));
  assert_int_equal(triplet_table_read(own, &options, made.text, made.size, &table), TRIPLET_BAD_TABLE);
  assert_string_equal(triplet_context_error(own)->message,
                      "keep: there is no column \"z\" among "
                      "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn..., y");
  const triplet_table_options others = TABLE(.missing = TRIPLET_MISSING_ERROR);
  assert_int_equal(triplet_table_read(own, &others, made.text, made.size, &table), TRIPLET_BAD_TABLE);
  assert_non_null(strstr(triplet_context_error(own)->message, "nn...: 1 of 3 cells are empty; missing = "));
  triplet_context_destroy(own);
  free(made.text);
}

static void bad_arguments(void **state) {
  (void)state;
  static const char text[] = "x,k\n1,a\n2,b\n";
  const struct {
    triplet_table_options options;
    const char *argument, *message;
  } cases[] = {
      {TABLE(.keep = {NULL, 1}), "keep", "expected a text at index 0, got NULL"},
      {TABLE(.ignore = TEXTS("x", NULL)), "ignore", "expected a text at index 1, got NULL"},
      {TABLE(.categories = TEXTS(NULL)), "categories", "expected a text at index 0, got NULL"},
      {TABLE(.missing_texts = TEXTS("a", "b", NULL)), "missing_texts", "expected a text at index 2, got NULL"},
      {TABLE(.comment = ""), "comment", "expected a text that comments begin with, got \"\""},
      {TABLE(.separator = 6), "separator", "expected one of auto|comma|semicolon|tab|pipe|blanks, got number 6"},
      {TABLE(.header = 3), "header", "expected one of auto|true|false, got number 3"},
      {TABLE(.encoding = 2), "encoding", "expected one of utf8|latin1, got number 2"},
      {TABLE(.missing = 3), "missing", "expected one of mean|drop|error, got number 3"},
  };
  triplet_table *const before = (triplet_table *)&before, *table = before;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_error(context, triplet_table_read(context, &cases[i].options, text, sizeof text - 1, &table),
                 TRIPLET_INVALID_ARGUMENT, cases[i].argument, cases[i].message);
    assert_ptr_equal(table, before);
  }
  const triplet_table_options options = TABLE(0);
  assert_error(context, triplet_table_read(context, &options, NULL, 3, &table), TRIPLET_INVALID_ARGUMENT, "bytes",
               "expected 3 bytes, got NULL");
  assert_ptr_equal(table, before);
  triplet_table_destroy(NULL);
}

/* ---- progress ---------------------------------------------------------------------------------------------------- */

typedef struct watcher {
  size_t calls, stop_at;
  double last;
  bool wrong;
} watcher;

static bool watch(void *user, double done) {
  watcher *one = user;
  one->wrong |= !(done >= one->last && done > 0 && done <= 1) || (one->stop_at && one->calls >= one->stop_at);
  one->last = done;
  return ++one->calls != one->stop_at;
}

/* Three megabytes; mixed: a column is to be read twice; doubled: the whole of it. */
static char *large_table(bool mixed, bool doubled) {
  written made = {0};
  write_format(&made, "x\ty\tk\n");
  for (size_t row = 0; made.size < 3000000; row++)
    write_format(&made, "%zu.5%s\t%s\t%s\n", row * row % 7, doubled && row % 9 == 0 ? "\t" : "",
                 mixed && row == 1000 ? "b" : "5", row % 2 ? "a" : "b");
  return made.text;
}

static void progress(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) {
    char *text = large_table(i & 1, i & 2);
    const triplet_table_options options = TABLE(.label = "k");
    triplet_table *const none = (triplet_table *)&none, *table = none;
    watcher one = {0};
    triplet_context_set_progress(context, watch, &one);
    assert_int_equal(triplet_table_read(context, &options, text, strlen(text), &table), TRIPLET_OK);
    assert_true(one.calls > 2 && one.last == 1 && !one.wrong);
    char *expected = columns_of(table);
    triplet_table_destroy(table);

    for (size_t stop_at = 1; stop_at <= one.calls; stop_at++) {
      counted_memory memory = {0};
      const triplet_allocator allocator = counted_allocator(&memory);
      triplet_context *own = triplet_context_create(&allocator);
      watcher another = {.stop_at = stop_at};
      triplet_context_set_progress(own, watch, &another);
      table = none;
      assert_error(own, triplet_table_read(own, &options, text, strlen(text), &table), TRIPLET_CANCELLED, "progress",
                   "the callback stopped the call");
      assert_ptr_equal(table, none);
      triplet_context_trim(own);
      assert_int_equal(memory.blocks, 1);
      another = (watcher){0};
      assert_int_equal(triplet_table_read(own, &options, text, strlen(text), &table), TRIPLET_OK);
      assert_true(another.calls == one.calls && another.last == 1 && !another.wrong);
      char *got = columns_of(table);
      assert_string_equal(got, expected);
      free(got);
      triplet_table_destroy(table);
      triplet_context_destroy(own);
    }
    free(expected);
    free(text);
  }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

typedef struct reading {
  const char *text;
  triplet_table_options options;
  triplet_table *table;
} reading;

static triplet_status read_once(triplet_context *context, void *data) {
  reading *of = data;
  triplet_table *table = of->table = (triplet_table *)data;
  const triplet_status status = triplet_table_read(context, &of->options, of->text, strlen(of->text), &table);
  if (status == TRIPLET_OK) {
    triplet_table_destroy(table);
    table = of->table;
  }
  of->table = table;
  return status;
}

static void table_stays(void *data) {
  assert_ptr_equal(((reading *)data)->table, data);
}

static void survives_short_memory(void **state) {
  (void)state;
  reading cases[] = {
      {"x,k\n1,a\n2,b\n", TABLE(.label = "k"), NULL},
      {"x,x,\"a\"\"b\",s,,k\n1,2,u,v,3,a\n,3,w,u,5,\n2,4,u,u,6,b\n3,5,v,v,,a\n4,1,v,v,7,b\n",
       TABLE(.label = "k", .missing = TRIPLET_MISSING_DROP), NULL},
      {"1;\xe9;a\n2,5;\xe8;b\n3;\xe9;b\n", TABLE(.label = "last", .encoding = TRIPLET_ENCODING_LATIN1), NULL},
      {"x\ty\n1\t\t2\nu\t3\n", TABLE(0), NULL},
      {"x y\nr1 1 2\nr2 2 3\n", TABLE(0), NULL},
      {"x,n,k\n-,1,a\n+,0,b\n-,1,a\n+,0,b\n", TABLE(.label = "k", .keep = TEXTS("x"), .categories = TEXTS("n")), NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_true(fail_each_allocation(read_once, table_stays, &cases[i]) > 5);
  char *text = long_table(1500, "c", different);
  reading large = {text, TABLE(.label = "c"), NULL};
  assert_true(fail_each_allocation(read_once, table_stays, &large) > 20);
  free(text);
}

/* What the context keeps for later calls is not as large as the file. */
static void memory_is_given_back(void **state) {
  (void)state;
  written made = {0};
  write_format(&made, "x,k\n");
  for (int row = 0; row < 20000; row++)
    write_format(&made, "%d,\"a\"\"%d\"\n", row * row % 7, row % 5);
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *own = triplet_context_create(&allocator);
  const triplet_table_options options = TABLE(.label = "k", .encoding = TRIPLET_ENCODING_LATIN1);
  triplet_table *table;
  assert_int_equal(triplet_table_read(own, &options, made.text, made.size, &table), TRIPLET_OK);
  triplet_table_destroy(table);
  assert_true(memory.bytes < 50000);
  /* 8 bytes a cell, the decoded text, and little beside. */
  assert_true(memory.peak < 20002 * 2 * 8 + 2 * made.size + 50000);
  triplet_context_destroy(own);
  assert_int_equal(memory.blocks, 0);
  free(made.text);
}

/* A table outlives its context, and gives its memory back where that came from. */
static void tables_outlive_contexts(void **state) {
  (void)state;
  counted_memory memory = {0};
  const triplet_allocator allocator = counted_allocator(&memory);
  triplet_context *own = triplet_context_create(&allocator);
  const triplet_table_options options = TABLE(.label = "k");
  triplet_table *table;
  assert_int_equal(triplet_table_read(own, &options, "x,k\n1,a\n2,b\n", 12, &table), TRIPLET_OK);
  triplet_context_destroy(own);
  assert_true(memory.blocks > 0);
  char *got = columns_of(table);
  assert_string_equal(got, "x number input: 1 2\nk category label: a b\n");
  free(got);
  triplet_table_destroy(table);
  assert_int_equal(memory.blocks, 0);

  assert_int_equal(triplet_table_read(NULL, &options, "x,k\n1,a\n2,b\n", 12, &table), TRIPLET_OK); /* without one */
  triplet_table_destroy(table);
  assert_int_equal(triplet_table_read(NULL, &options, "x\n1\n", 4, &table), TRIPLET_BAD_TABLE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(separators),
      cmocka_unit_test(separator_lines),
      cmocka_unit_test(tabs_among_blanks),
      cmocka_unit_test(quotes_in_the_first_line),
      cmocka_unit_test(quotes),
      cmocka_unit_test(blanks),
      cmocka_unit_test(line_ends),
      cmocka_unit_test(encodings),
      cmocka_unit_test(comments),
      cmocka_unit_test(doubled_tabs),
      cmocka_unit_test(row_names),
      cmocka_unit_test(cells_at_the_end),
      cmocka_unit_test(headers),
      cmocka_unit_test(first_rows),
      cmocka_unit_test(label_of_a_first_row_that_is_none),
      cmocka_unit_test(names),
      cmocka_unit_test(labels),
      cmocka_unit_test(values_in_order),
      cmocka_unit_test(missing_cells),
      cmocka_unit_test(missing_labels),
      cmocka_unit_test(missing_rows),
      cmocka_unit_test(uses),
      cmocka_unit_test(last_columns_stay),
      cmocka_unit_test(kinds),
      cmocka_unit_test(what_is_asked_for),
      cmocka_unit_test(missing_of_every_column),
      cmocka_unit_test(notes),
      cmocka_unit_test(notes_of_mixed_columns),
      cmocka_unit_test(notes_of_many_columns),
      cmocka_unit_test(notes_of_odd_names),
      cmocka_unit_test(notes_are_obeyed),
      cmocka_unit_test(columns_that_tell_the_label),
      cmocka_unit_test(values_that_tell_the_label),
      cmocka_unit_test(numbers_that_rise),
      cmocka_unit_test(quantities_as_labels),
      cmocka_unit_test(texts_are_shown_whole_or_cut),
      cmocka_unit_test(dates_and_marked_numbers),
      cmocka_unit_test(no_tables),
      cmocka_unit_test(rows_too_short),
      cmocka_unit_test(too_many_columns),
      cmocka_unit_test(all_trouble_at_once),
      cmocka_unit_test(faults_with_odd_names),
      WITH_CONTEXT(bad_arguments),
      WITH_CONTEXT(progress),
      cmocka_unit_test(survives_short_memory),
      cmocka_unit_test(memory_is_given_back),
      cmocka_unit_test(tables_outlive_contexts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
