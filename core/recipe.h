/* recipe.h - the insides of a recipe, which recipe.c makes and uses and model.c writes and reads. */
#ifndef TRIPLET_RECIPE_H
#define TRIPLET_RECIPE_H

#include "dictionary.h"

#pragma GCC visibility push(hidden)

/* A column that is learned from. */
typedef struct triplet_ingredient {
  const char *name;
  triplet_column_kind kind;
  const char **values; /* of a category; value_count of them */
  size_t value_count;
  double mean, deviation, fill;
} triplet_ingredient;

struct triplet_recipe {
  triplet_context owner;
  triplet_strings strings; /* all texts; they do not move any more once it is made */
  const char *label;       /* or NULL */
  bool has_header, standardize;
  triplet_missing missing;
  const char **missing_texts;
  triplet_ingredient *columns;
  const char **values; /* of all columns */
  const char **inputs; /* names of the matrix's columns */
  size_t missing_text_count, column_count, value_count, input_count;
};

/* What a recipe is made of; names and values are copied. */
typedef struct triplet_ingredients {
  const char *label;
  bool has_header, standardize;
  triplet_missing missing;
  triplet_texts missing_texts; /* beside those that always are */
  const triplet_ingredient *columns;
  size_t count;
} triplet_ingredients;

triplet_status triplet_recipe_make(triplet_context *context, const triplet_ingredients *of, triplet_recipe **recipe);
/* What it was made of, as views. */
triplet_ingredients triplet_recipe_ingredients(const triplet_recipe *recipe);

#pragma GCC visibility pop

#endif
