/* model.c - a trainer as safetensors bytes, and back.
 *
 * The format: 8 bytes with the length of the header, the header (JSON, filled up with spaces to a multiple of 8), the
 * data; all numbers little-endian, tensors in the order of the header without gaps. Beside the weights
 *    options     F64 (n)  options that are numbers; the metadata "options" is the JSON list of their names
 *    judgements  F64 (2)  MAP@R of the last validation and of the best
 *    progress    I64 (6)  steps done, the key of the sampler's rows, validation due, validations without a better one,
 *                         collapsed batches in a row, stopped
 *    sampler     I64 (n)  where the batches are; absent where there never were any
 *    recipe      F64 (n, 3)  mean, deviation and fill of the recipe's columns of numbers; absent without any
 * and the metadata "choices", the JSON list of the other options' names and choices in turn, and "recipe", that of what
 * the texts of the recipe are and these texts in turn. Unknown metadata, options
 * and tensors are passed over, so that later versions can add to them.
 *
 * Version 1 had the choices among the numbers, in the order of its enums, and batches by a generator, which stands
 * where the key does. */
#include "json.h"
#include "trainer_internal.h"

#define FORMAT "triplet"
#define VERSION "2"
#define VERSION_1 "1"
#define MAX_HEADER 100000000 /* as in the safetensors library */
#define MAX_TENSORS 1024     /* looked at in a file; ours has at most OUR_TENSORS */
#define MAX_METADATA 64
#define OUR_TENSORS (5 + 2 * 2 * TRIPLET_MAX_LAYERS + 3)
#define OUR_OPTIONS 64
#define MAX_STEPS ((int64_t)1 << 53)

/* ---- what a model is made of, for both ways ---------------------------------------------------------------------- */

typedef enum dtype { F32, F64, I64 } dtype;

static const char *const dtype_names[] = {"F32", "F64", "I64"};

static size_t dtype_size(dtype type) {
  return type == F32 ? 4 : 8;
}

/* A tensor of the file, and where its numbers lie in memory. */
typedef struct tensor {
  char name[32];
  dtype type;
  size_t rank, shape[2];
  void *data;
} tensor;

static size_t tensor_count(const tensor *of) {
  return of->rank == 2 ? of->shape[0] * of->shape[1] : of->shape[0];
}

enum { STEPS_DONE, DRAW_KEY, VALIDATION_DUE, WITHOUT_BETTER, COLLAPSED, STOPPED, PROGRESS };

/* The numbers of a trainer that are no tensors there. */
typedef struct numbers {
  double options[OUR_OPTIONS];
  double validations[2];
  int64_t progress[PROGRESS];
} numbers;

typedef struct option {
  const char *prefix; /* of the name in the file */
  triplet_schema_id schema;
  const triplet_field *field;
  void *structure; /* that the field is in */
} option;

static bool is_choice(const option *of) {
  return of->field->kind == TRIPLET_FIELD_CHOICE;
}

static size_t list_options(triplet_trainer_options *options, option list[OUR_OPTIONS]) {
  const struct {
    triplet_schema_id id;
    const char *prefix;
    void *structure;
  } parts[] = {{TRIPLET_SCHEMA_TRAINER, "", options}, {TRIPLET_SCHEMA_OPTIMIZER, "optimizer.", &options->optimizer}};
  size_t count = 0;
  for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
    const triplet_schema *schema = triplet_schema_get(parts[part].id);
    for (size_t i = 0; i < schema->count; i++)
      if (schema->fields[i].kind != TRIPLET_FIELD_VALUE && count < OUR_OPTIONS)
        list[count++] = (option){parts[part].prefix, parts[part].id, &schema->fields[i], parts[part].structure};
  }
  return count;
}

/* To be saved. Options that came later are left out where they have their default, as if they had not come: the bytes
 * of a model that does not use them stay the same. */
static size_t list_saved_options(triplet_trainer_options *options, option list[OUR_OPTIONS]) {
  static const char *const later[] = {"residual", "adapt"};
  const size_t count = list_options(options, list);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const triplet_field *field = list[i].field;
    bool is_later = false;
    for (size_t j = 0; j < sizeof later / sizeof *later; j++)
      is_later |= strcmp(field->name, later[j]) == 0;
    if (!is_later || triplet_schema_get_number(field, list[i].structure) != field->initial)
      list[kept++] = list[i];
  }
  return kept;
}

static tensor numbers_tensor(const char *name, dtype type, size_t count, void *data) {
  tensor made = {.type = type, .rank = 1, .shape = {count}, .data = data};
  memcpy(made.name, name, strlen(name) + 1);
  return made;
}

/* prefix layers.<layer>.part */
static void name_layer(char *name, const char *prefix, size_t layer, const char *part) {
  triplet_writer writer = {(uint8_t *)name, 0};
  triplet_write_text(&writer, prefix);
  triplet_write_text(&writer, "layers.");
  triplet_write_size(&writer, layer);
  triplet_write_text(&writer, part);
  triplet_write_byte(&writer, 0);
}

static size_t list_parameters(const triplet_trainer *trainer, const char *prefix, float *parameters, tensor *list) {
  const triplet_encoder *encoder = &trainer->encoder;
  if (triplet_trainer_is_table(trainer)) {
    *list = (tensor){.type = F32, .rank = 2, .shape = {trainer->table_rows, encoder->inputs}, .data = parameters};
    memcpy(list->name, "embedding", sizeof "embedding");
    return 1;
  }
  for (size_t layer = 0; layer < encoder->layers; layer++) {
    const size_t in = layer ? encoder->widths[layer - 1] : encoder->inputs, out = encoder->widths[layer];
    *list = (tensor){.type = F32, .rank = 2, .shape = {out, in}, .data = parameters};
    name_layer(list++->name, prefix, layer, ".weight");
    *list = (tensor){.type = F32, .rank = 1, .shape = {out}, .data = parameters + out * in};
    name_layer(list++->name, prefix, layer, ".bias");
    parameters += out * (in + 1);
  }
  return 2 * encoder->layers;
}

/* All that is float32; the best weights once there are any. */
static size_t list_floats(const triplet_trainer *trainer, tensor *list) {
  size_t count = list_parameters(trainer, "", trainer->parameters, list);
  if (trainer->best_validation >= 0)
    count += list_parameters(trainer, "best.", trainer->best_parameters, list + count);
  if (trainer->state_count)
    list[count++] = numbers_tensor("optimizer.state", F32, trainer->state_count, trainer->state);
  if (trainer->mean) {
    list[count++] = numbers_tensor("standardization.mean", F32, trainer->encoder.inputs, trainer->mean);
    list[count++] = numbers_tensor("standardization.deviation", F32, trainer->encoder.inputs, trainer->deviation);
  }
  return count;
}

/* ---- saving ------------------------------------------------------------------------------------------------------ */

/* A JSON list inside a JSON string. */
typedef struct list_writer {
  triplet_writer *writer;
  bool begun;
} list_writer;

static void write_item(list_writer *list, const char *prefix, const char *name) {
  if (list->begun)
    triplet_write_byte(list->writer, ',');
  list->begun = true;
  triplet_write_escaped(list->writer, "\"", 1);
  triplet_write_text(list->writer, prefix);
  triplet_write_escaped(list->writer, name, 2);
  triplet_write_escaped(list->writer, "\"", 1);
}

static list_writer begin_list(triplet_writer *writer, const char *key) {
  triplet_write_text(writer, ",\"");
  triplet_write_text(writer, key);
  triplet_write_text(writer, "\":\"[");
  return (list_writer){writer, false};
}

static void end_list(const list_writer *list) {
  triplet_write_text(list->writer, "]\"");
}

static const triplet_recipe *saved_recipe(const triplet_trainer *trainer) {
  return trainer->has_implied_recipe ? NULL : trainer->recipe;
}

static const char *const recipe_missing[] = {"mean", "drop", "error"};

static void write_pair(list_writer *list, const char *what, const char *text) {
  write_item(list, "", what);
  write_item(list, "", text);
}

/* What each text is, and the text, in turn: a column's values stand behind its name. */
static void write_recipe(triplet_writer *writer, const triplet_recipe *recipe) {
  list_writer list = begin_list(writer, "recipe");
  write_pair(&list, "header", recipe->has_header ? "true" : "false");
  write_pair(&list, "standardize", recipe->standardize ? "true" : "false");
  write_pair(&list, "missing", recipe_missing[recipe->missing]);
  if (recipe->label)
    write_pair(&list, "label", recipe->label);
  for (size_t i = 0; i < recipe->missing_text_count; i++)
    write_pair(&list, "missing_text", recipe->missing_texts[i]);
  for (size_t i = 0; i < recipe->column_count; i++) {
    const triplet_ingredient *column = &recipe->columns[i];
    write_pair(&list, column->kind == TRIPLET_COLUMN_NUMBER ? "number" : "category", column->name);
    for (size_t j = 0; j < column->value_count; j++)
      write_pair(&list, "value", column->values[j]);
  }
  end_list(&list);
}

static void write_metadata(triplet_writer *writer, const triplet_trainer *trainer, const option *options,
                           size_t option_count) {
  static const char *const keys[] = {[TRIPLET_NAMES_COLUMNS] = "columns", [TRIPLET_NAMES_LABELS] = "labels"};
  triplet_write_text(writer, "\"__metadata__\":{\"format\":\"" FORMAT "\",\"version\":\"" VERSION "\"");
  list_writer list = begin_list(writer, "options");
  for (size_t i = 0; i < option_count; i++)
    if (!is_choice(&options[i]))
      write_item(&list, options[i].prefix, options[i].field->name);
  end_list(&list);
  list = begin_list(writer, "choices");
  for (size_t i = 0; i < option_count; i++)
    if (is_choice(&options[i])) {
      char choice[TRIPLET_CHOICE_SIZE];
      triplet_choice_name(options[i].field->choices,
                          (size_t)triplet_schema_get_number(options[i].field, options[i].structure), choice);
      write_item(&list, options[i].prefix, options[i].field->name);
      write_item(&list, "", choice);
    }
  end_list(&list);
  for (size_t of = 0; of < sizeof keys / sizeof *keys; of++) {
    list = begin_list(writer, keys[of]);
    for (size_t i = 0; i < trainer->names[of].count; i++)
      write_item(&list, "", trainer->names[of].items[i]);
    end_list(&list);
  }
  if (saved_recipe(trainer))
    write_recipe(writer, saved_recipe(trainer));
  triplet_write_byte(writer, '}');
}

/* Returns how many bytes of data the header speaks of. */
static size_t write_header(triplet_writer *writer, const triplet_trainer *trainer, const option *options,
                           size_t option_count, const tensor *tensors, size_t count) {
  size_t offset = 0;
  triplet_write_byte(writer, '{');
  write_metadata(writer, trainer, options, option_count);
  for (const tensor *one = tensors; one < tensors + count; one++) {
    triplet_write_text(writer, ",\"");
    triplet_write_text(writer, one->name);
    triplet_write_text(writer, "\":{\"dtype\":\"");
    triplet_write_text(writer, dtype_names[one->type]);
    triplet_write_text(writer, "\",\"shape\":[");
    triplet_write_size(writer, one->shape[0]);
    if (one->rank == 2) {
      triplet_write_byte(writer, ',');
      triplet_write_size(writer, one->shape[1]);
    }
    triplet_write_text(writer, "],\"data_offsets\":[");
    triplet_write_size(writer, offset);
    triplet_write_byte(writer, ',');
    triplet_write_size(writer, offset += tensor_count(one) * dtype_size(one->type));
    triplet_write_text(writer, "]}");
  }
  triplet_write_byte(writer, '}');
  while (writer->size % 8)
    triplet_write_byte(writer, ' ');
  return offset;
}

static void write_little_endian(triplet_writer *writer, uint64_t bits, size_t size) {
  for (size_t i = 0; i < size; i++)
    triplet_write_byte(writer, (uint8_t)(bits >> (8 * i)));
}

static void write_data(triplet_writer *writer, const tensor *from) {
  const size_t size = dtype_size(from->type), count = tensor_count(from);
  for (size_t i = 0; i < count; i++) {
    uint32_t narrow;
    uint64_t wide;
    if (size == 4) {
      memcpy(&narrow, (const char *)from->data + i * size, size);
      write_little_endian(writer, narrow, size);
    } else {
      memcpy(&wide, (const char *)from->data + i * size, size);
      write_little_endian(writer, wide, size);
    }
  }
}

static int64_t signed_bits(uint64_t bits) {
  int64_t value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static size_t list_numbers(const triplet_trainer *trainer, const option *options, size_t option_count, numbers *values,
                           tensor *list) {
  *values = (numbers){.validations = {trainer->validation, trainer->best_validation},
                      .progress = {[STEPS_DONE] = (int64_t)trainer->steps_done,
                                   [DRAW_KEY] = signed_bits(triplet_trainer_draw_key(trainer)),
                                   [VALIDATION_DUE] = trainer->validation_due,
                                   [WITHOUT_BETTER] = (int64_t)trainer->validations_without_better,
                                   [COLLAPSED] = (int64_t)trainer->collapsed_batches,
                                   [STOPPED] = trainer->last.stopped}};
  size_t count = 0;
  for (size_t i = 0; i < option_count; i++)
    if (!is_choice(&options[i]))
      values->options[count++] = triplet_schema_get_number(options[i].field, options[i].structure);
  list[0] = numbers_tensor("options", F64, count, values->options);
  list[1] = numbers_tensor("judgements", F64, 2, values->validations);
  list[2] = numbers_tensor("progress", I64, PROGRESS, values->progress);
  return 3;
}

enum { RECIPE_NUMBERS = 3 }; /* of a column: mean, deviation, fill */

static size_t count_recipe_numbers(const triplet_recipe *recipe) {
  size_t count = 0;
  for (size_t i = 0; recipe && i < recipe->column_count; i++)
    count += recipe->columns[i].kind == TRIPLET_COLUMN_NUMBER;
  return count;
}

static tensor recipe_tensor(size_t count, double *data) {
  tensor made = {.name = "recipe", .type = F64, .rank = 2, .shape = {count, RECIPE_NUMBERS}, .data = data};
  return made;
}

static void list_recipe_numbers(const triplet_recipe *recipe, double *numbers) {
  for (size_t i = 0; i < recipe->column_count; i++) {
    const triplet_ingredient *column = &recipe->columns[i];
    if (column->kind != TRIPLET_COLUMN_NUMBER)
      continue;
    *numbers++ = column->mean;
    *numbers++ = column->deviation;
    *numbers++ = column->fill;
  }
}

triplet_status triplet_trainer_save(triplet_context *context, const triplet_trainer *trainer, uint8_t *bytes,
                                    size_t capacity, size_t *size) {
  triplet_trainer_options copy = trainer->options;
  option options[OUR_OPTIONS];
  const size_t option_count = list_saved_options(&copy, options), state = triplet_trainer_draw_state(trainer, NULL);

  numbers values;
  tensor tensors[OUR_TENSORS];
  size_t count = list_numbers(trainer, options, option_count, &values, tensors);
  tensor *sampler = state ? &tensors[count++] : NULL;
  if (sampler)
    *sampler = numbers_tensor("sampler", I64, state, NULL);
  const size_t recipe_numbers = count_recipe_numbers(saved_recipe(trainer));
  tensor *recipe = recipe_numbers ? &tensors[count++] : NULL;
  if (recipe)
    *recipe = recipe_tensor(recipe_numbers, NULL);
  count += list_floats(trainer, tensors + count);

  /* Written to nowhere, the header tells its size. */
  triplet_writer header = {NULL, 0};
  const size_t data_size = write_header(&header, trainer, options, option_count, tensors, count);
  const size_t total = 8 + header.size + data_size;
  if (bytes && capacity < total)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected %z bytes, got %z", total, capacity);

  if (!bytes) {
    *size = total;
    return TRIPLET_OK;
  }

  int64_t *places = triplet_allocate(context, state, sizeof *places);
  double *means = triplet_allocate(context, recipe_numbers, RECIPE_NUMBERS * sizeof *means);
  const bool done = places && means;
  if (done) {
    if (sampler) {
      sampler->data = places;
      triplet_trainer_draw_state(trainer, places);
    }
    if (recipe) {
      recipe->data = means;
      list_recipe_numbers(trainer->recipe, means);
    }
    triplet_writer writer = {bytes, 0};
    write_little_endian(&writer, header.size, 8);
    write_header(&writer, trainer, options, option_count, tensors, count);
    for (size_t i = 0; i < count; i++)
      write_data(&writer, &tensors[i]);
    *size = total;
  }
  triplet_release(context, means);
  triplet_release(context, places);
  return done ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
}

/* ---- the header of a file ---------------------------------------------------------------------------------------- */

typedef struct file_tensor {
  const char *name, *dtype;
  size_t rank, shape[2]; /* of more dimensions the first two */
  size_t begin, end;     /* in the data */
} file_tensor;

typedef struct file {
  const uint8_t *data;
  size_t data_size;
  bool has_metadata;
  size_t tensor_count, metadata_count;
  file_tensor tensors[MAX_TENSORS];
  struct {
    const char *key;
    char *value;
  } metadata[MAX_METADATA];
  char header[]; /* changed by reading: its strings stand in it */
} file;

/* The readers return what is wrong, or NULL. */

static bool read_sizes(triplet_json *json, size_t *sizes, size_t room, size_t *count) {
  *count = 0;
  if (!triplet_json_take(json, '['))
    return false;
  if (triplet_json_take(json, ']'))
    return true;
  do {
    size_t size;
    if (!triplet_json_size(json, &size))
      return false;
    if (*count < room)
      sizes[*count] = size;
    ++*count;
  } while (triplet_json_take(json, ','));
  return triplet_json_take(json, ']');
}

static const char *read_tensor_entry(triplet_json *json, file_tensor *entry) {
  static const char fault[] = "a tensor's entry is not as safetensors has it";
  bool shaped = false, placed = false;
  size_t offsets[2], count;
  if (!triplet_json_take(json, '{'))
    return fault;
  do {
    const char *key = triplet_json_string(json);
    bool fine = key && triplet_json_take(json, ':');
    if (fine && strcmp(key, "dtype") == 0 && !entry->dtype) {
      fine = (entry->dtype = triplet_json_string(json)) != NULL;
    } else if (fine && strcmp(key, "shape") == 0 && !shaped) {
      fine = shaped = read_sizes(json, entry->shape, 2, &entry->rank);
    } else if (fine && strcmp(key, "data_offsets") == 0 && !placed) {
      fine = placed = read_sizes(json, offsets, 2, &count) && count == 2;
    } else {
      fine = false;
    }
    if (!fine)
      return fault;
  } while (triplet_json_take(json, ','));
  if (!triplet_json_take(json, '}') || !entry->dtype || !shaped || !placed)
    return fault;
  entry->begin = offsets[0];
  entry->end = offsets[1];
  return NULL;
}

static const char *read_metadata(triplet_json *json, file *into) {
  static const char fault[] = "__metadata__ is not an object of strings";
  if (into->has_metadata)
    return "__metadata__ is there twice";
  into->has_metadata = true;
  if (!triplet_json_take(json, '{'))
    return fault;
  if (triplet_json_take(json, '}'))
    return NULL;
  do {
    char *key = triplet_json_string(json);
    char *value = key && triplet_json_take(json, ':') ? triplet_json_string(json) : NULL;
    if (!value)
      return fault;
    for (size_t i = 0; i < into->metadata_count; i++)
      if (strcmp(into->metadata[i].key, key) == 0)
        return "a key of __metadata__ is there twice";
    if (into->metadata_count == MAX_METADATA)
      return "__metadata__ has too many keys";
    into->metadata[into->metadata_count].key = key;
    into->metadata[into->metadata_count++].value = value;
  } while (triplet_json_take(json, ','));
  return triplet_json_take(json, '}') ? NULL : fault;
}

static const char *read_header(triplet_json *json, file *into) {
  if (!triplet_json_take(json, '{'))
    return "the header is not a JSON object";
  do {
    const char *key = triplet_json_string(json);
    if (!key || !triplet_json_take(json, ':'))
      return "the header is not a JSON object";
    const char *fault;
    if (strcmp(key, "__metadata__") == 0) {
      fault = read_metadata(json, into);
    } else if (into->tensor_count == MAX_TENSORS) {
      fault = "there are too many tensors";
    } else {
      for (size_t i = 0; i < into->tensor_count; i++)
        if (strcmp(into->tensors[i].name, key) == 0)
          return "a tensor is there twice";
      file_tensor *entry = &into->tensors[into->tensor_count++];
      *entry = (file_tensor){.name = key};
      fault = read_tensor_entry(json, entry);
    }
    if (fault)
      return fault;
  } while (triplet_json_take(json, ','));
  return triplet_json_take(json, '}') && triplet_json_ends(json) ? NULL : "the header does not end as JSON does";
}

/* The tensors lie in the data one after the other, whatever their order in the header. */
static const char *check_places(file *of) {
  for (size_t i = 1; i < of->tensor_count; i++) {
    const file_tensor moved = of->tensors[i];
    size_t at = i;
    for (; at && (of->tensors[at - 1].begin > moved.begin ||
                  (of->tensors[at - 1].begin == moved.begin && of->tensors[at - 1].end > moved.end));
         at--)
      of->tensors[at] = of->tensors[at - 1];
    of->tensors[at] = moved;
  }
  size_t place = 0;
  for (size_t i = 0; i < of->tensor_count; i++) {
    if (of->tensors[i].begin != place || of->tensors[i].end < place)
      return "tensors overlap or leave gaps";
    place = of->tensors[i].end;
  }
  return place == of->data_size ? NULL : "the tensors do not fill the data";
}

static char *find_metadata(file *in, const char *key) {
  for (size_t i = 0; i < in->metadata_count; i++)
    if (strcmp(in->metadata[i].key, key) == 0)
      return in->metadata[i].value;
  return NULL;
}

static bool is_of_version(file *which, const char *version) {
  const char *found = find_metadata(which, "version");
  return found && strcmp(found, version) == 0;
}

static const char *check_version(file *of) {
  const char *format = find_metadata(of, "format");
  if (!format || strcmp(format, FORMAT) != 0)
    return "the model is not one of triplet's";
  return is_of_version(of, VERSION) || is_of_version(of, VERSION_1)
             ? NULL
             : "the model is of a version that is not known here";
}

static triplet_status open_file(triplet_context *context, const uint8_t *bytes, size_t size, file **opened) {
  uint64_t header_size = 0;
  for (size_t i = 0; i < 8 && size >= 8; i++)
    header_size |= (uint64_t)bytes[i] << (8 * i);
  if (size < 9 || bytes[8] != '{' || header_size > MAX_HEADER)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "not a safetensors file");
  if (header_size > size - 8)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the header is cut off");

  /* A copy of the header, as reading it ends its texts with zeros. */
  file *made = triplet_allocate(context, 1, sizeof *made + (size_t)header_size);
  if (!made)
    return TRIPLET_OUT_OF_MEMORY;
  made->data = bytes + 8 + header_size;
  made->data_size = size - 8 - (size_t)header_size;
  made->has_metadata = false;
  made->tensor_count = made->metadata_count = 0;
  memcpy(made->header, bytes + 8, (size_t)header_size);

  const char *fault = read_header(&(triplet_json){made->header, made->header + header_size}, made);
  if (!fault)
    fault = check_places(made);
  if (!fault)
    fault = check_version(made);
  if (fault) {
    triplet_release(context, made);
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "%s", fault);
  }
  *opened = made;
  return TRIPLET_OK;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static const file_tensor *find_tensor(const file *in, const char *name) {
  for (size_t i = 0; i < in->tensor_count; i++)
    if (strcmp(in->tensors[i].name, name) == 0)
      return &in->tensors[i];
  return NULL;
}

/* The numbers that its shape speaks of are there, in this type. */
static bool is_whole(const file_tensor *found, dtype type, size_t rank) {
  if (strcmp(found->dtype, dtype_names[type]) != 0 || found->rank != rank)
    return false;
  const size_t cols = rank == 2 ? found->shape[1] : 1, count = (found->end - found->begin) / dtype_size(type);
  if ((found->end - found->begin) % dtype_size(type) != 0)
    return false;
  return cols && found->shape[0] ? count % cols == 0 && count / cols == found->shape[0] : count == 0;
}

static uint64_t little_endian(const uint8_t *bytes, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++)
    bits |= (uint64_t)bytes[i] << (8 * i);
  return bits;
}

static void read_numbers(const file *from, const file_tensor *found, size_t size, void *data) {
  const uint8_t *bytes = from->data + found->begin;
  const size_t count = (found->end - found->begin) / size;
  for (size_t i = 0; i < count; i++) {
    const uint64_t wide = little_endian(bytes + i * size, size);
    const uint32_t narrow = (uint32_t)wide;
    memcpy((char *)data + i * size, size == 4 ? (const void *)&narrow : (const void *)&wide, size);
  }
}

static triplet_status read_tensors(triplet_context *context, const file *from, const tensor *wanted, size_t count) {
  for (const tensor *one = wanted; one < wanted + count; one++) {
    const file_tensor *found = find_tensor(from, one->name);
    if (!found)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor %s is missing", one->name);
    if (!is_whole(found, one->type, one->rank) || memcmp(found->shape, one->shape, one->rank * sizeof *one->shape) != 0)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor %s has a wrong type or shape", one->name);
    read_numbers(from, found, dtype_size(one->type), one->data);
  }
  return TRIPLET_OK;
}

/* The JSON list of strings of that key in the metadata, which is changed. No such key: an empty list. */
static triplet_status read_list(triplet_context *context, file *from, const char *key, const char ***items,
                                size_t *count) {
  char *text = find_metadata(from, key);
  size_t most = 1; /* names: a comma stands between two, or inside one */
  for (const char *at = text ? text : ""; *at; at++)
    most += *at == ',';
  const char **list = triplet_allocate(context, most, sizeof *list);
  if (!list)
    return TRIPLET_OUT_OF_MEMORY;

  triplet_json json = {text, text ? text + strlen(text) : text};
  bool fine = true;
  *count = 0;
  if (text) {
    fine = triplet_json_take(&json, '[');
    if (fine && !triplet_json_take(&json, ']')) {
      do {
        const char *item = triplet_json_string(&json);
        fine = item != NULL;
        if (fine)
          list[(*count)++] = item;
      } while (fine && triplet_json_take(&json, ','));
      fine = fine && triplet_json_take(&json, ']');
    }
    fine = fine && triplet_json_ends(&json);
  }

  if (!fine) {
    triplet_release(context, list);
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "%s is not a JSON list of names", key);
  }
  *items = list;
  return TRIPLET_OK;
}

static bool has_name(const option *of, const char *name) {
  const size_t prefix = strlen(of->prefix);
  return strncmp(name, of->prefix, prefix) == 0 && strcmp(name + prefix, of->field->name) == 0;
}

/* The place of a name among the known options, or NULL. */
static option *find_option(option *known, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (has_name(&known[i], name))
      return &known[i];
  return NULL;
}

/* The choices of version 1, which stood in its files as numbers in this order. */
static triplet_status set_choice_of_version_1(const option *of, double value) {
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
static double raised(const option *of, double value) {
  return strcmp(of->field->name, "classes_per_batch") == 0 && value == 1 ? 2 : value;
}

/* An option that this version does not know is passed over; one that the file does not have keeps its default. */
static triplet_status set_numbers(triplet_context *context, file *from, const char *const *names, size_t count,
                                  option *known, size_t known_count) {
  const file_tensor *found = find_tensor(from, "options");
  const bool old = is_of_version(from, VERSION_1);
  bool seen[OUR_OPTIONS] = {false};
  if (!found || !is_whole(found, F64, 1) || found->shape[0] != count)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor options does not fit the names of the options");

  for (size_t i = 0; i < count; i++) {
    const option *of = find_option(known, known_count, names[i]);
    if (!of || (is_choice(of) && !old))
      continue;
    const uint64_t bits = little_endian(from->data + found->begin + 8 * i, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    const triplet_status status =
        is_choice(of) ? set_choice_of_version_1(of, value)
                      : triplet_field_set(NULL, of->field, of->structure, old ? raised(of, value) : value);
    if (seen[of - known] || status != TRIPLET_OK)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "option %s is out of range or there twice", names[i]);
    seen[of - known] = true;
  }
  return TRIPLET_OK;
}

/* In the order of the schema, whatever that of the file: a loss brings a distance of its own. */
static triplet_status set_choices(triplet_context *context, const char *const *items, size_t count, const option *known,
                                  size_t known_count) {
  if (count % 2)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "choices is not a list of names and choices in turn");
  for (const option *of = known; of < known + known_count; of++) {
    const char *choice = NULL;
    for (size_t i = 0; i < count && is_choice(of); i += 2) {
      if (!has_name(of, items[i]))
        continue;
      if (choice)
        return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "option %s is there twice", items[i]);
      choice = items[i + 1];
    }
    if (choice && triplet_schema_set_text(NULL, of->schema, of->structure, of->field->name, choice) != TRIPLET_OK)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "option %s%s has a choice that is not known here: %s",
                          of->prefix, of->field->name, choice);
  }
  return TRIPLET_OK;
}

/* Choices first: those of loss and optimiser bring numbers of their own. */
static triplet_status read_options(triplet_context *context, file *from, triplet_trainer_options *options) {
  option known[OUR_OPTIONS];
  const size_t known_count = list_options(options, known);
  const char **items;
  size_t count;
  TRIPLET_TRY(read_list(context, from, "choices", &items, &count));
  triplet_status status = set_choices(context, items, count, known, known_count);
  triplet_release(context, items);
  TRIPLET_TRY(status);
  TRIPLET_TRY(read_list(context, from, "options", &items, &count));
  status = set_numbers(context, from, items, count, known, known_count);
  triplet_release(context, items);
  return status;
}

/* The shape of the model is that of its weights. */
static triplet_status read_shape(triplet_context *context, const file *from, triplet_trainer_options *options,
                                 size_t *inputs, size_t *table_rows) {
  const file_tensor *table = find_tensor(from, "embedding"), *layer;
  *inputs = *table_rows = options->layers = 0;
  if (table) {
    if (!is_whole(table, F32, 2) || table->shape[1] > INT32_MAX || table->shape[0] > INT32_MAX)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor embedding has a wrong type or shape");
    options->dim = (int64_t)table->shape[1];
    *table_rows = table->shape[0];
  }
  for (char name[32]; name_layer(name, "", options->layers, ".weight"), (layer = find_tensor(from, name));) {
    if (table || options->layers == TRIPLET_MAX_LAYERS)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor %s is one too many", name);
    if (!is_whole(layer, F32, 2))
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor %s has a wrong type or shape", name);
    if (options->layers == 0)
      *inputs = layer->shape[1];
    options->widths[options->layers++] = layer->shape[0];
  }
  if (!table && options->layers == 0)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "there are neither layers nor an embedding");
  return TRIPLET_OK;
}

/* Options that would be the caller's fault elsewhere are the file's here. */
static triplet_status blame_bytes(triplet_context *context, triplet_status status) {
  if (status != TRIPLET_INVALID_ARGUMENT)
    return status;
  const triplet_error error = *triplet_context_error(context);
  return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "%s: %s", error.argument, error.message);
}

static triplet_status read_progress(triplet_context *context, const file *from, triplet_trainer *trainer) {
  numbers values;
  const tensor wanted[] = {numbers_tensor("judgements", F64, 2, values.validations),
                           numbers_tensor("progress", I64, PROGRESS, values.progress)};
  TRIPLET_TRY(read_tensors(context, from, wanted, sizeof wanted / sizeof *wanted));
  for (size_t i = 0; i < 2; i++) {
    const double score = values.validations[i];
    if (!(score == -1 || (score >= 0 && score <= 1 && trainer->best_parameters)))
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor judgements is out of range");
  }
  for (size_t i = 0; i < PROGRESS; i++) {
    const bool flag = i == VALIDATION_DUE || i == STOPPED;
    if (i != DRAW_KEY && (values.progress[i] < 0 || values.progress[i] > (flag ? 1 : MAX_STEPS)))
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor progress is out of range");
  }
  if (values.progress[VALIDATION_DUE] && !trainer->best_parameters)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "a validation is due of a model that sets no rows aside");
  trainer->validation = values.validations[0];
  trainer->best_validation = values.validations[1];
  trainer->steps_done = (uint64_t)values.progress[STEPS_DONE];
  memcpy(&trainer->saved.key, &values.progress[DRAW_KEY], sizeof trainer->saved.key);
  trainer->validation_due = values.progress[VALIDATION_DUE];
  trainer->validations_without_better = (uint64_t)values.progress[WITHOUT_BETTER];
  trainer->collapsed_batches = (uint64_t)values.progress[COLLAPSED];
  trainer->last.stopped = values.progress[STOPPED];
  return TRIPLET_OK;
}

static triplet_status read_names(triplet_context *context, file *from, const char *key, triplet_name_list list,
                                 triplet_trainer *trainer) {
  const char **names;
  size_t count;
  TRIPLET_TRY(read_list(context, from, key, &names, &count));
  const triplet_status status = triplet_trainer_set_names(context, trainer, list, count, names);
  triplet_release(context, names);
  return status;
}

static bool read_flag(const char *text, bool *flag) {
  *flag = strcmp(text, "true") == 0;
  return *flag || strcmp(text, "false") == 0;
}

static bool read_missing(const char *text, triplet_missing *missing) {
  for (size_t i = 0; i < sizeof recipe_missing / sizeof *recipe_missing; i++)
    if (strcmp(text, recipe_missing[i]) == 0) {
      *missing = (triplet_missing)i;
      return true;
    }
  return false;
}

/* What is read of a recipe, and memory for it. */
typedef struct recipe_parts {
  triplet_ingredients of;
  triplet_ingredient *columns;
  const char **values, **missing_texts;
} recipe_parts;

/* One text of the list, by what it is. What is not known here is passed over. */
static bool read_ingredient(const char *what, const char *text, recipe_parts *parts) {
  triplet_ingredients *of = &parts->of;
  triplet_ingredient *last = of->count ? &parts->columns[of->count - 1] : NULL;
  if (strcmp(what, "value") == 0) {
    if (!last || last->kind != TRIPLET_COLUMN_CATEGORY)
      return false;
    last->values[last->value_count++] = text;
    return true;
  }
  if (strcmp(what, "number") == 0 || strcmp(what, "category") == 0) {
    parts->columns[of->count++] =
        (triplet_ingredient){.name = text,
                             .kind = *what == 'n' ? TRIPLET_COLUMN_NUMBER : TRIPLET_COLUMN_CATEGORY,
                             .values = last ? last->values + last->value_count : parts->values,
                             .deviation = 1};
    return true;
  }
  if (strcmp(what, "header") == 0)
    return read_flag(text, &of->has_header);
  if (strcmp(what, "standardize") == 0)
    return read_flag(text, &of->standardize);
  if (strcmp(what, "missing") == 0)
    return read_missing(text, &of->missing);
  if (strcmp(what, "missing_text") == 0)
    parts->missing_texts[of->missing_texts.count++] = text;
  if (strcmp(what, "label") == 0)
    of->label = text;
  return true;
}

static triplet_status read_recipe_numbers(triplet_context *context, const file *from, const triplet_ingredients *of,
                                          triplet_ingredient *columns) {
  size_t count = 0;
  for (size_t i = 0; i < of->count; i++)
    count += columns[i].kind == TRIPLET_COLUMN_NUMBER;
  if (!count)
    return TRIPLET_OK;
  double *numbers = triplet_allocate(context, count, RECIPE_NUMBERS * sizeof *numbers), *next = numbers;
  if (!numbers)
    return TRIPLET_OUT_OF_MEMORY;
  const tensor wanted = recipe_tensor(count, numbers);
  triplet_status status = read_tensors(context, from, &wanted, 1);
  for (size_t i = 0; i < of->count && status == TRIPLET_OK; i++) {
    if (columns[i].kind != TRIPLET_COLUMN_NUMBER)
      continue;
    columns[i].mean = *next++;
    columns[i].deviation = *next++;
    columns[i].fill = *next++;
    if (!(columns[i].deviation > 0 && columns[i].deviation <= DBL_MAX) || !(fabs(columns[i].mean) <= DBL_MAX) ||
        !(fabs(columns[i].fill) <= DBL_MAX))
      status =
          triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the recipe of column %n is out of range", columns[i].name);
  }
  triplet_release(context, numbers);
  return status;
}

static triplet_status add_different(triplet_context *context, triplet_dictionary *known, const char *text) {
  const size_t count = known->count;
  if (triplet_dictionary_code(known, text, strlen(text)) == TRIPLET_NO_CODE)
    return TRIPLET_OUT_OF_MEMORY;
  return known->count > count ? TRIPLET_OK
                              : triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the recipe has %n twice", text);
}

/* Columns are found by their names, and values by their texts: none comes twice. */
static triplet_status check_different(triplet_context *context, const triplet_ingredients *of) {
  triplet_dictionary names = triplet_dictionary_of(context);
  triplet_status status = TRIPLET_OK;
  for (size_t i = 0; i < of->count && status == TRIPLET_OK; i++) {
    const triplet_ingredient *column = &of->columns[i];
    triplet_dictionary values = triplet_dictionary_of(context);
    status = add_different(context, &names, column->name);
    for (size_t j = 0; j < column->value_count && status == TRIPLET_OK; j++)
      status = add_different(context, &values, column->values[j]);
    triplet_dictionary_release(&values);
  }
  triplet_dictionary_release(&names);
  return status;
}

/* items: what each text is, and the text, in turn. */
static triplet_status read_ingredients(triplet_context *context, const file *from, const char *const *items,
                                       size_t count, triplet_trainer *trainer) {
  if (count % 2)
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "recipe is not a list of kinds and texts in turn");
  recipe_parts parts = {.columns = triplet_allocate(context, count, sizeof *parts.columns),
                        .values = triplet_allocate(context, count, sizeof *parts.values),
                        .missing_texts = triplet_allocate(context, count, sizeof *parts.missing_texts)};
  parts.of.columns = parts.columns;
  parts.of.missing_texts.items = parts.missing_texts;
  triplet_status status = parts.columns && parts.values && parts.missing_texts ? TRIPLET_OK : TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < count && status == TRIPLET_OK; i += 2)
    if (!read_ingredient(items[i], items[i + 1], &parts))
      status = triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the recipe has a %s out of place: %s", items[i],
                            items[i + 1]);
  if (status == TRIPLET_OK)
    status = check_different(context, &parts.of);
  if (status == TRIPLET_OK)
    status = read_recipe_numbers(context, from, &parts.of, parts.columns);
  triplet_recipe *recipe = NULL;
  if (status == TRIPLET_OK)
    status = triplet_recipe_make(context, &parts.of, &recipe);
  if (status == TRIPLET_OK)
    status = blame_bytes(context, triplet_trainer_set_recipe(context, trainer, recipe));
  triplet_recipe_destroy(recipe);
  triplet_release(context, parts.missing_texts);
  triplet_release(context, parts.values);
  triplet_release(context, parts.columns);
  return status;
}

/* A model that was saved before there were recipes takes its columns as numbers that are all there. */
static triplet_status make_recipe_of_names(triplet_context *context, triplet_trainer *trainer) {
  const triplet_names *names = &trainer->names[TRIPLET_NAMES_COLUMNS];
  if (names->count == 0 || names->count != triplet_trainer_inputs(trainer))
    return TRIPLET_OK;
  triplet_ingredient *columns = triplet_allocate(context, names->count, sizeof *columns);
  if (!columns)
    return TRIPLET_OUT_OF_MEMORY;
  for (size_t i = 0; i < names->count; i++)
    columns[i] = (triplet_ingredient){.name = names->items[i], .kind = TRIPLET_COLUMN_NUMBER, .deviation = 1};
  const triplet_ingredients of = {
      .has_header = true, .missing = TRIPLET_MISSING_ERROR, .columns = columns, .count = names->count};
  triplet_recipe *recipe = NULL;
  triplet_status status = triplet_recipe_make(context, &of, &recipe);
  if (status == TRIPLET_OK)
    status = triplet_trainer_set_recipe(context, trainer, recipe);
  trainer->has_implied_recipe = status == TRIPLET_OK;
  triplet_recipe_destroy(recipe);
  triplet_release(context, columns);
  return status;
}

static triplet_status read_recipe(triplet_context *context, file *from, triplet_trainer *trainer) {
  const char **items;
  size_t count;
  if (!find_metadata(from, "recipe"))
    return make_recipe_of_names(context, trainer);
  TRIPLET_TRY(read_list(context, from, "recipe", &items, &count));
  const triplet_status status = read_ingredients(context, from, items, count, trainer);
  triplet_release(context, items);
  return status;
}

/* Whether it fits the data is seen once there are any. */
static triplet_status read_sampler(triplet_context *context, const file *from, triplet_trainer *trainer) {
  const file_tensor *found = find_tensor(from, "sampler");
  if (!found)
    return TRIPLET_OK;
  if (!is_whole(found, I64, 1))
    return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "tensor sampler has a wrong type or shape");
  const size_t count = found->shape[0];
  trainer->saved.values = triplet_trainer_memory(context, trainer, count, sizeof *trainer->saved.values);
  if (!trainer->saved.values)
    return TRIPLET_OUT_OF_MEMORY;
  trainer->saved.count = count;
  read_numbers(from, found, dtype_size(I64), trainer->saved.values);
  return TRIPLET_OK;
}

static triplet_status read_trainer(triplet_context *context, file *from, triplet_trainer *trainer) {
  TRIPLET_TRY(read_progress(context, from, trainer));
  TRIPLET_TRY(read_sampler(context, from, trainer));
  tensor floats[OUR_TENSORS];
  TRIPLET_TRY(read_tensors(context, from, floats, list_floats(trainer, floats)));
  for (size_t i = 0; trainer->mean && i < trainer->encoder.inputs; i++)
    if (!triplet_is_finite(trainer->mean[i]) || !triplet_is_finite(trainer->deviation[i]) || trainer->deviation[i] <= 0)
      return triplet_fail(context, TRIPLET_BAD_MODEL, "bytes", "the standardization of column %i is out of range", i);
  TRIPLET_TRY(read_names(context, from, "columns", TRIPLET_NAMES_COLUMNS, trainer));
  TRIPLET_TRY(read_names(context, from, "labels", TRIPLET_NAMES_LABELS, trainer));
  return read_recipe(context, from, trainer);
}

static triplet_status load(triplet_context *context, file *from, triplet_trainer **trainer) {
  triplet_trainer_options options = triplet_trainer_default_options();
  size_t inputs, table_rows;
  TRIPLET_TRY(read_options(context, from, &options));
  TRIPLET_TRY(read_shape(context, from, &options, &inputs, &table_rows));
  TRIPLET_TRY(blame_bytes(context, triplet_trainer_check_options(context, &options)));
  triplet_trainer *made;
  TRIPLET_TRY(blame_bytes(context, triplet_trainer_allocate(context, &options, inputs, table_rows, &made)));
  const triplet_status status = read_trainer(context, from, made);
  if (status != TRIPLET_OK) {
    triplet_trainer_destroy(made);
    return status;
  }
  *trainer = made;
  return TRIPLET_OK;
}

triplet_status triplet_trainer_load(triplet_context *context, const uint8_t *bytes, size_t size,
                                    triplet_trainer **trainer) {
  if (!bytes && size)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "bytes", "expected %z bytes, got NULL", size);
  file *opened = NULL;
  TRIPLET_TRY(open_file(context, bytes, size, &opened));
  const triplet_status status = load(context, opened, trainer);
  triplet_release(context, opened);
  return status;
}
