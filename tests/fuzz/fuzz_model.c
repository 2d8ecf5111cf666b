/* A fuzz target: whatever the bytes are, a model is refused, or it can be saved, embeds and trains. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "triplet.h"

/* What is saved loads again, and gives the same bytes. */
static void save_and_load(triplet_context *context, const triplet_trainer *trainer) {
  size_t size, again_size;
  require(triplet_trainer_save(context, trainer, NULL, 0, &size) == TRIPLET_OK);
  uint8_t *saved = malloc(size), *again = malloc(size);
  require(triplet_trainer_save(context, trainer, saved, size, &size) == TRIPLET_OK);
  triplet_trainer *loaded = NULL;
  require(triplet_trainer_load(context, saved, size, &loaded) == TRIPLET_OK);
  require(triplet_trainer_save(context, loaded, again, size, &again_size) == TRIPLET_OK);
  require(again_size == size && memcmp(saved, again, size) == 0);
  triplet_trainer_destroy(loaded);
  free(again);
  free(saved);
}

static char *put_text(char *to, const char *text) {
  *to++ = '"';
  for (; *text; *to++ = *text++)
    if (*text == '"')
      *to++ = '"';
  *to++ = '"';
  return to;
}

/* A file of its columns is read for a recipe, which makes a matrix of it. */
static void read_for_recipe(triplet_context *context, const triplet_recipe *recipe) {
  enum { ROWS = 2, MOST = 100 };
  const size_t columns = recipe ? triplet_recipe_columns(recipe) : 0;
  size_t room = 1;
  for (size_t i = 0; i < columns; i++)
    room += 2 * strlen(triplet_recipe_column_at(recipe, i).name) + 3 + ROWS * 2;
  if (!columns || columns > MOST || triplet_recipe_inputs(recipe) > MOST)
    return;
  char *text = malloc(room), *to = text;
  for (size_t i = 0; i < columns; i++) {
    to = put_text(to, triplet_recipe_column_at(recipe, i).name);
    *to++ = i + 1 < columns ? ',' : '\n';
  }
  for (size_t i = 0; i < ROWS * columns; i++) {
    *to++ = '1';
    *to++ = (i + 1) % columns ? ',' : '\n';
  }
  triplet_table_options options = triplet_table_default_options();
  options.recipe = recipe;
  triplet_table *table = NULL;
  if (triplet_table_read(context, &options, text, (size_t)(to - text), &table) == TRIPLET_OK) {
    float x[(ROWS + 1) * MOST];
    const size_t rows = triplet_table_rows(table);
    const triplet_status status = triplet_recipe_matrix(context, recipe, table, (triplet_ints){NULL, 0},
                                                        triplet_matrix_of(x, rows, triplet_recipe_inputs(recipe)));
    require(rows <= ROWS + 1 && (status == TRIPLET_OK || status == TRIPLET_NOT_FINITE));
  }
  triplet_table_destroy(table);
  free(text);
}

/* A table, too, trains where it has as many rows. */
static void embed_and_train(triplet_context *context, triplet_trainer *trainer) {
  enum { ROWS = 6 };
  const triplet_labels labels = triplet_labels_of((const int32_t[ROWS]){0, 0, 0, 1, 1, 1}, ROWS);
  const size_t inputs = triplet_trainer_inputs(trainer), dim = triplet_trainer_dim(trainer);
  if (inputs > 1000 || dim > 1000)
    return;
  float *x = malloc((ROWS * inputs + 1) * sizeof *x), *embeddings = malloc(ROWS * dim * sizeof *embeddings);
  for (size_t i = 0; i < ROWS * inputs; i++)
    x[i] = (float)i;
  const triplet_matrix data = triplet_matrix_of(inputs ? x : NULL, ROWS, inputs);
  const triplet_status status = triplet_trainer_embed(context, trainer, data, (triplet_matrix){embeddings, ROWS, dim});
  require(status == TRIPLET_OK || inputs == 0);
  triplet_step step;
  if (triplet_trainer_attach(context, trainer, data, labels) == TRIPLET_OK)
    for (int i = 0; i < 3; i++)
      (void)triplet_trainer_step(context, trainer, &step); /* weights of NaN are refused there */
  free(embeddings);
  free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  triplet_context *context = triplet_context_create(NULL);
  triplet_trainer *trainer = NULL;
  const triplet_status status = triplet_trainer_load(context, bytes, size, &trainer);
  if (status == TRIPLET_OK) {
    save_and_load(context, trainer);
    read_for_recipe(context, triplet_trainer_recipe(trainer));
    embed_and_train(context, trainer);
  } else {
    require(status == TRIPLET_BAD_MODEL && !trainer && *triplet_context_error(context)->message);
    for (const char *at = triplet_context_error(context)->message; *at; at++)
      require((unsigned char)*at >= ' '); /* whatever the names in it are */
  }
  triplet_trainer_destroy(trainer);
  triplet_context_destroy(context);
  return 0;
}
