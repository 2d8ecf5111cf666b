/* companions.c - what a trainer takes along with its weights: names and facts, a recipe, and what its answers need, a
 * threshold and rows to classify by. */
#include "dictionary.h"
#include "json.h"
#include "trainer_internal.h"

void triplet_trainer_release_companions(triplet_trainer *trainer) {
  triplet_context *owner = &trainer->owner;
  triplet_label_list_release(owner, &trainer->kept_labels);
  triplet_release(owner, trainer->kept_rows);
  triplet_recipe_destroy(trainer->recipe);
  for (size_t i = 0; i < sizeof trainer->names / sizeof *trainer->names; i++)
    triplet_release(owner, trainer->names[i].items);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Each is found by its name. */
static triplet_status check_facts(triplet_context *context, size_t count, const char *const *facts) {
  if (count % 2)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "names", "expected names and texts in turn, got %z", count);
  triplet_dictionary known = triplet_dictionary_of(context);
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < count && status == TRIPLET_OK; i += 2)
    if (triplet_dictionary_code(&known, facts[i], strlen(facts[i])) == TRIPLET_NO_CODE)
      status = TRIPLET_OUT_OF_MEMORY;
    else if (known.count <= i / 2)
      status = triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "names",
                            "expected facts of different names, got %n twice", facts[i]);
  triplet_dictionary_release(&known);
  return status;
}

triplet_status triplet_trainer_set_names(triplet_context *context, triplet_trainer *trainer, triplet_name_list list,
                                         size_t count, const char *const *names) {
  size_t size = 0;
  if (list == TRIPLET_NAMES_FACTS)
    TRIPLET_TRY(check_facts(context, count, names));
  for (size_t i = 0; i < count; i++) {
    if (!triplet_is_utf8(names[i]))
      return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "names", "expected UTF-8, got other bytes in name %i", i);
    size += sizeof(char *) + strlen(names[i]) + 1;
  }
  char **items = triplet_trainer_memory(context, trainer, size, 1);
  if (!items)
    return TRIPLET_OUT_OF_MEMORY;
  char *text = (char *)(items + count);
  for (size_t i = 0; i < count; i++) {
    const size_t length = strlen(names[i]) + 1;
    items[i] = memcpy(text, names[i], length);
    text += length;
  }
  triplet_release(&trainer->owner, trainer->names[list].items);
  trainer->names[list] = (triplet_names){count, items};
  return TRIPLET_OK;
}

size_t triplet_trainer_name_count(const triplet_trainer *trainer, triplet_name_list list) {
  return trainer->names[list].count;
}

const char *triplet_trainer_name(const triplet_trainer *trainer, triplet_name_list list, size_t index) {
  return index < trainer->names[list].count ? trainer->names[list].items[index] : NULL;
}

/* ---- the recipe -------------------------------------------------------------------------------------------------- */

triplet_status triplet_trainer_set_recipe(triplet_context *context, triplet_trainer *trainer,
                                          const triplet_recipe *recipe) {
  triplet_recipe *copy = NULL;
  if (recipe && recipe->input_count != triplet_trainer_inputs(trainer))
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "recipe",
                        "expected one with %z inputs like the trainer, got %z", triplet_trainer_inputs(trainer),
                        recipe->input_count);
  if (recipe) {
    const triplet_ingredients of = triplet_recipe_ingredients(recipe);
    TRIPLET_TRY(triplet_trainer_pass_on(context, trainer, triplet_recipe_make(&trainer->owner, &of, &copy)));
  }
  triplet_recipe_destroy(trainer->recipe);
  trainer->recipe = copy;
  trainer->has_implied_recipe = false;
  return TRIPLET_OK;
}

const triplet_recipe *triplet_trainer_recipe(const triplet_trainer *trainer) {
  return trainer->recipe;
}

/* ---- what answers need ------------------------------------------------------------------------------------------- */

triplet_status triplet_trainer_set_threshold(triplet_context *context, triplet_trainer *trainer, double threshold) {
  if (fabs(threshold) > DBL_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "threshold",
                        "expected a finite number, or NaN for none, got %g", threshold);
  trainer->threshold = threshold;
  return TRIPLET_OK;
}

double triplet_trainer_threshold(const triplet_trainer *trainer) {
  return trainer->threshold;
}

static void put_kept(triplet_trainer *trainer, float *rows, triplet_label_list labels) {
  triplet_label_list_release(&trainer->owner, &trainer->kept_labels);
  triplet_release(&trainer->owner, trainer->kept_rows);
  trainer->kept_rows = rows;
  trainer->kept_labels = labels;
}

void triplet_trainer_forget_answers(triplet_trainer *trainer) {
  trainer->threshold = triplet_mean(0, 0);
  put_kept(trainer, NULL, (triplet_label_list){0});
}

static triplet_status check_kept(triplet_context *context, const triplet_trainer *trainer, triplet_matrix *embeddings,
                                 triplet_labels labels) {
  TRIPLET_TRY(triplet_check_shape(context, "embeddings", embeddings, embeddings->rows, triplet_trainer_dim(trainer),
                                  "the trainer's"));
  if (embeddings->rows > INT32_MAX)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "embeddings", "expected at most %z rows, got %z",
                        (size_t)INT32_MAX, embeddings->rows);
  TRIPLET_TRY(triplet_check_finite(context, "embeddings", *embeddings));
  return triplet_check_labels(context, "labels", labels, embeddings->rows);
}

triplet_status triplet_trainer_keep_rows(triplet_context *context, triplet_trainer *trainer, triplet_matrix embeddings,
                                         triplet_labels labels) {
  if (embeddings.rows == 0) {
    put_kept(trainer, NULL, (triplet_label_list){0});
    return TRIPLET_OK;
  }
  TRIPLET_TRY(check_kept(context, trainer, &embeddings, labels));
  triplet_label_list copy;
  float *rows = triplet_trainer_floats(context, trainer, embeddings.rows, embeddings.cols);
  if (!rows ||
      !triplet_label_list_create(&trainer->owner, labels.ends.data, embeddings.rows, labels.integers.count, &copy)) {
    triplet_release(&trainer->owner, rows);
    return triplet_trainer_pass_on(context, trainer, TRIPLET_OUT_OF_MEMORY);
  }
  memcpy(rows, embeddings.data, embeddings.rows * embeddings.cols * sizeof *rows);
  for (size_t i = 0; i < embeddings.rows; i++)
    triplet_label_list_add(&copy, labels, i);
  put_kept(trainer, rows, copy);
  return TRIPLET_OK;
}

triplet_references triplet_trainer_kept_rows(const triplet_trainer *trainer) {
  if (!trainer->kept_rows)
    return (triplet_references){.rows = {NULL, 0, 0}};
  return (triplet_references){
      .rows = {trainer->kept_rows, trainer->kept_labels.rows, triplet_trainer_dim(trainer)},
      .labels = triplet_label_list_view(&trainer->kept_labels),
  };
}
