/* stored.c - kind, options and layers of a model, written and read. */
#include "stored.h"

#define FORMAT "triplet"
#define VERSION "2"
#define VERSION_1 "1"

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

static const char *const kinds[] = {
    [TRIPLET_SAVED_TRAINER] = "trainer", [TRIPLET_SAVED_ENCODER] = "encoder", [TRIPLET_SAVED_OPTIMIZER] = "optimizer"};

static bool is_of_version(triplet_safetensors *file, const char *version) {
  const char *found = triplet_safetensors_metadata(file, "version");
  return found && strcmp(found, version) == 0;
}

static triplet_status check_version(triplet_context *context, triplet_safetensors *file) {
  const char *format = triplet_safetensors_metadata(file, "format");
  if (!format || strcmp(format, FORMAT) != 0)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the model is not one of triplet's");
  if (!is_of_version(file, VERSION) && !is_of_version(file, VERSION_1))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the model is of a version that is not known here");
  return TRIPLET_OK;
}

static triplet_status read_kind(triplet_context *context, triplet_safetensors *file, triplet_saved_kind *kind) {
  const char *found = triplet_safetensors_metadata(file, "kind");
  if (!found) {
    *kind = TRIPLET_SAVED_TRAINER;
    return TRIPLET_OK;
  }
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i], found) == 0) {
      *kind = (triplet_saved_kind)i;
      return TRIPLET_OK;
    }
  return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the model is of a kind that is not known here: %n", found);
}

static triplet_status open_any(triplet_context *context, const uint8_t *bytes, size_t size, triplet_saved_kind *kind,
                               triplet_safetensors **file) {
  if (!bytes && size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "bytes", "expected %z bytes, got NULL", size);
  triplet_safetensors *opened;
  TRIPLET_TRY(triplet_safetensors_open(context, TRIPLET_BAD_MODEL, bytes, size, &opened));
  triplet_status status = check_version(context, opened);
  if (status == TRIPLET_OK)
    status = read_kind(context, opened, kind);
  if (status == TRIPLET_OK)
    *file = opened;
  else
    triplet_release(context, opened);
  return status;
}

triplet_status triplet_stored_open(triplet_context *context, triplet_saved_kind kind, const uint8_t *bytes, size_t size,
                                   triplet_safetensors **file) {
  triplet_saved_kind found;
  triplet_safetensors *opened;
  TRIPLET_TRY(open_any(context, bytes, size, &found, &opened));
  if (found != kind) {
    triplet_release(context, opened);
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "expected a model of kind %s, got one of kind %s",
                        kinds[kind], kinds[found]);
  }
  *file = opened;
  return TRIPLET_OK;
}

triplet_status triplet_saved_kind_of(triplet_context *context, const uint8_t *bytes, size_t size,
                                     triplet_saved_kind *kind) {
  triplet_saved_kind found;
  triplet_safetensors *opened;
  TRIPLET_TRY(open_any(context, bytes, size, &found, &opened));
  triplet_release(context, opened);
  *kind = found;
  return TRIPLET_OK;
}

triplet_status triplet_stored_blame(triplet_context *context, triplet_status status) {
  if (status != TRIPLET_INVALID_ARGUMENT && status != TRIPLET_NOT_FINITE)
    return status;
  if (!context)
    return TRIPLET_BAD_MODEL;
  const triplet_error error = *triplet_context_error(context);
  return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "%s: %s", error.argument, error.message);
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

static triplet_stored *add(triplet_stored_list *list, const char *name, triplet_stored made) {
  char *own = list->names[list->count];
  memcpy(own, name, strlen(name) + 1);
  made.name = own;
  list->tensors[list->count] = made;
  return &list->tensors[list->count++];
}

triplet_stored *triplet_stored_add(triplet_stored_list *list, const char *name, triplet_dtype type, size_t count,
                                   void *data) {
  return add(list, name, (triplet_stored){.type = type, .rank = 1, .shape = {count}, .data = data});
}

triplet_stored *triplet_stored_add_matrix(triplet_stored_list *list, const char *name, triplet_dtype type, size_t rows,
                                          size_t cols, void *data) {
  return add(list, name, (triplet_stored){.type = type, .rank = 2, .shape = {rows, cols}, .data = data});
}

/* prefix layers.<layer>.part */
static void name_layer(char name[TRIPLET_STORED_NAME], const char *prefix, size_t layer, const char *part) {
  triplet_writer writer = {(uint8_t *)name, 0};
  triplet_write_text(&writer, prefix);
  triplet_write_text(&writer, "layers.");
  triplet_write_size(&writer, layer);
  triplet_write_text(&writer, part);
  triplet_write_byte(&writer, 0);
}

void triplet_stored_add_layers(triplet_stored_list *list, const char *prefix, const triplet_encoder *encoder,
                               float *parameters) {
  size_t place = 0;
  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer ? encoder->widths[layer - 1] : encoder->inputs, out = encoder->widths[layer];
    char name[TRIPLET_STORED_NAME];
    name_layer(name, prefix, layer, ".weight");
    triplet_stored_add_matrix(list, name, TRIPLET_F32, out, in, parameters ? parameters + place : NULL);
    name_layer(name, prefix, layer, ".bias");
    triplet_stored_add(list, name, TRIPLET_F32, out, parameters ? parameters + place + out * in : NULL);
    place += out * (in + 1);
  }
}

triplet_status triplet_stored_read_layers(triplet_context *context, const triplet_safetensors *file,
                                          triplet_stored_layers *layers) {
  const triplet_file_tensor *layer;
  *layers = (triplet_stored_layers){0};
  for (char name[TRIPLET_STORED_NAME];
       name_layer(name, "", layers->count, ".weight"), (layer = triplet_safetensors_find(file, name));) {
    if (layers->count == TRIPLET_MAX_LAYERS)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor %s is one too many", name);
    if (!triplet_file_tensor_is(layer, TRIPLET_F32, 2) || layer->shape[1] == 0 ||
        (layers->count && layer->shape[1] != layers->widths[layers->count - 1]))
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor %s has a wrong type or shape", name);
    if (layers->count == 0)
      layers->inputs = layer->shape[1];
    layers->widths[layers->count++] = layer->shape[0];
  }
  return TRIPLET_OK;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static bool is_choice(const triplet_stored_option *of) {
  return of->field->kind == TRIPLET_FIELD_CHOICE;
}

void triplet_stored_add_options(triplet_stored_options *options, const char *prefix, triplet_schema_id schema,
                                void *structure) {
  const triplet_schema *all = triplet_schema_get(schema);
  for (size_t i = 0; i < all->count; i++)
    if (all->fields[i].kind != TRIPLET_FIELD_VALUE && options->count < TRIPLET_MOST_OPTIONS)
      options->items[options->count++] = (triplet_stored_option){prefix, schema, &all->fields[i], structure};
}

void triplet_stored_add_numbers(triplet_stored_list *list, triplet_stored_options *options) {
  size_t count = 0;
  for (size_t i = 0; i < options->count; i++)
    if (!is_choice(&options->items[i]))
      options->numbers[count++] = triplet_schema_get_number(options->items[i].field, options->items[i].structure);
  triplet_stored_add(list, "options", TRIPLET_F64, count, options->numbers);
}

void triplet_stored_write_metadata(triplet_writer *writer, triplet_saved_kind kind,
                                   const triplet_stored_options *options) {
  triplet_write_text(writer, "\"format\":\"" FORMAT "\",\"version\":\"" VERSION "\"");
  if (kind != TRIPLET_SAVED_TRAINER) {
    triplet_write_text(writer, ",\"kind\":\"");
    triplet_write_text(writer, kinds[kind]);
    triplet_write_byte(writer, '"');
  }
  triplet_texts_writer list = triplet_texts_begin(writer, "options");
  for (const triplet_stored_option *of = options->items; of < options->items + options->count; of++)
    if (!is_choice(of))
      triplet_texts_add(&list, of->prefix, of->field->name);
  triplet_texts_end(&list);
  list = triplet_texts_begin(writer, "choices");
  for (const triplet_stored_option *of = options->items; of < options->items + options->count; of++)
    if (is_choice(of)) {
      char choice[TRIPLET_CHOICE_SIZE];
      triplet_choice_name(of->field->choices, (size_t)triplet_schema_get_number(of->field, of->structure), choice);
      triplet_texts_add(&list, of->prefix, of->field->name);
      triplet_texts_add(&list, "", choice);
    }
  triplet_texts_end(&list);
}

static bool has_name(const triplet_stored_option *of, const char *name) {
  const size_t prefix = strlen(of->prefix);
  return strncmp(name, of->prefix, prefix) == 0 && strcmp(name + prefix, of->field->name) == 0;
}

/* The place of a name among the known options; their number: it is not among them. */
static size_t find_option(const triplet_stored_options *known, const char *name) {
  size_t i = 0;
  while (i < known->count && !has_name(&known->items[i], name))
    i++;
  return i;
}

/* The choices of version 1, which stood in its files as numbers in this order. */
static triplet_status set_choice_of_version_1(const triplet_stored_option *of, double value) {
  static const struct {
    const char *name, *choices;
  } lists[] = {{"convention", "torch|optax|exact"},
               {"distance", "minkowski|squared|cosine"},
               {"reduction", "mean|sum|none|mean_nonzero"},
               {"nonfinite", "error|allow"},
               {"mining", "all|hard|semihard|easy_positive|distance_weighted|random"},
               {"fallback", "skip|farthest"},
               {"activation", "relu|tanh|none"},
               {"schedule", "constant|cosine|linear"},
               {"name", "sgd|adam|adamw"}};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    if (strcmp(lists[i].name, of->field->name) != 0)
      continue;
    const size_t count = triplet_choice_count(lists[i].choices);
    if (!(value >= 0 && value < (double)count && value == (double)(size_t)value))
      return TRIPLET_INVALID_ARGUMENT;
    char choice[TRIPLET_CHOICE_SIZE];
    triplet_choice_name(lists[i].choices, (size_t)value, choice);
    return triplet_schema_set_text(NULL, of->schema, of->structure, of->field->name, choice);
  }
  return TRIPLET_INVALID_ARGUMENT;
}

/* Version 1 took one class a batch, which trains nothing. */
static double raised(const triplet_stored_option *of, double value) {
  return strcmp(of->field->name, "classes_per_batch") == 0 && value == 1 ? 2 : value;
}

/* An option that this version does not know is passed over; one that the file does not have keeps its default. */
static triplet_status set_numbers(triplet_context *context, triplet_safetensors *file, const char *const *names,
                                  size_t count, const triplet_stored_options *known) {
  const triplet_file_tensor *found = triplet_safetensors_find(file, "options");
  const bool old = is_of_version(file, VERSION_1);
  bool seen[TRIPLET_MOST_OPTIONS] = {false};
  if (!found || !triplet_file_tensor_is(found, TRIPLET_F64, 1) || found->shape[0] != count)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor options does not fit the names of the options");

  for (size_t i = 0; i < count; i++) {
    const size_t place = find_option(known, names[i]);
    const triplet_stored_option *of = &known->items[place];
    if (place == known->count || (is_choice(of) && !old))
      continue;
    const uint64_t bits = triplet_little_endian(file->data + found->begin + 8 * i, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    const triplet_status status =
        is_choice(of) ? set_choice_of_version_1(of, value)
                      : triplet_field_set(NULL, of->field, of->structure, old ? raised(of, value) : value);
    if (seen[place] || status != TRIPLET_OK)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "option %s is out of range or there twice", names[i]);
    seen[place] = true;
  }
  return TRIPLET_OK;
}

/* In the order of the schema, whatever that of the file: a loss brings a distance of its own. */
static triplet_status set_choices(triplet_context *context, const char *const *items, size_t count,
                                  const triplet_stored_options *known) {
  if (count % 2)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "choices is not a list of names and choices in turn");
  for (const triplet_stored_option *of = known->items; of < known->items + known->count; of++) {
    const char *choice = NULL;
    for (size_t i = 0; i < count && is_choice(of); i += 2) {
      if (!has_name(of, items[i]))
        continue;
      if (choice)
        return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "option %s is there twice", items[i]);
      choice = items[i + 1];
    }
    if (choice && triplet_schema_set_text(NULL, of->schema, of->structure, of->field->name, choice) != TRIPLET_OK)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "option %s%s has a choice that is not known here: %n",
                          of->prefix, of->field->name, choice);
  }
  return TRIPLET_OK;
}

/* Choices first: those of loss and optimiser bring numbers of their own. */
triplet_status triplet_stored_read_options(triplet_context *context, triplet_safetensors *file,
                                           const triplet_stored_options *options) {
  const char **items;
  size_t count;
  TRIPLET_TRY(triplet_safetensors_list(context, file, "choices", &items, &count));
  triplet_status status = set_choices(context, items, count, options);
  triplet_release(context, items);
  TRIPLET_TRY(status);
  TRIPLET_TRY(triplet_safetensors_list(context, file, "options", &items, &count));
  status = set_numbers(context, file, items, count, options);
  triplet_release(context, items);
  return status;
}
