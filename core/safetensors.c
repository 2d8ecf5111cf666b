/* safetensors.c - the safetensors format, written and read. */
#include "safetensors.h"

#define MAX_HEADER 100000000 /* as in the safetensors library */

static size_t count_of(const triplet_stored *of) {
  return of->rank == 2 ? of->shape[0] * of->shape[1] : of->shape[0];
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

triplet_texts_writer triplet_texts_begin(triplet_writer *writer, const char *key) {
  triplet_write_text(writer, ",\"");
  triplet_write_text(writer, key);
  triplet_write_text(writer, "\":\"[");
  return (triplet_texts_writer){writer, false};
}

void triplet_texts_add(triplet_texts_writer *list, const char *prefix, const char *text) {
  if (list->begun)
    triplet_write_byte(list->writer, ',');
  list->begun = true;
  triplet_write_escaped(list->writer, "\"", 1);
  triplet_write_text(list->writer, prefix);
  triplet_write_escaped(list->writer, text, 2);
  triplet_write_escaped(list->writer, "\"", 1);
}

void triplet_texts_end(const triplet_texts_writer *list) {
  triplet_write_text(list->writer, "]\"");
}

static void write_entry(triplet_writer *writer, const triplet_stored *of, size_t begin, size_t end) {
  triplet_write_byte(writer, '"');
  triplet_write_escaped(writer, of->name, 1);
  triplet_write_text(writer, "\":{\"dtype\":\"");
  triplet_write_text(writer, triplet_dtype_name(of->type));
  triplet_write_text(writer, "\",\"shape\":[");
  triplet_write_size(writer, of->shape[0]);
  if (of->rank == 2) {
    triplet_write_byte(writer, ',');
    triplet_write_size(writer, of->shape[1]);
  }
  triplet_write_text(writer, "],\"data_offsets\":[");
  triplet_write_size(writer, begin);
  triplet_write_byte(writer, ',');
  triplet_write_size(writer, end);
  triplet_write_text(writer, "]}");
}

/* Returns how many bytes of data the header speaks of. */
static size_t write_header(triplet_writer *writer, const triplet_safetensors_content *content) {
  size_t begin = 0;
  triplet_write_byte(writer, '{');
  if (content->write_metadata) {
    triplet_write_text(writer, "\"__metadata__\":{");
    content->write_metadata(writer, content->of);
    triplet_write_byte(writer, '}');
  }
  for (size_t i = 0; i < content->count; i++) {
    const triplet_stored *one = &content->tensors[i];
    const size_t end = begin + count_of(one) * triplet_dtype_size(one->type);
    if (i || content->write_metadata)
      triplet_write_byte(writer, ',');
    write_entry(writer, one, begin, end);
    begin = end;
  }
  triplet_write_byte(writer, '}');
  while (writer->size % 8)
    triplet_write_byte(writer, ' ');
  return begin;
}

static void write_data(triplet_writer *writer, const triplet_stored *from) {
  const size_t size = triplet_dtype_size(from->type), count = count_of(from);
  if (from->type == TRIPLET_F32) {
    triplet_write_floats(writer, from->data, count);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const char *place = (const char *)from->data + i * size;
    uint32_t narrow;
    uint64_t wide;
    memcpy(size == 4 ? (void *)&narrow : (void *)&wide, place, size);
    triplet_write_little_endian(writer, size == 4 ? narrow : wide, size);
  }
}

triplet_status triplet_safetensors_write(triplet_context *context, const triplet_safetensors_content *content,
                                         uint8_t *bytes, size_t capacity, size_t *size) {
  /* Written to nowhere, the header tells its size. */
  triplet_writer header = {NULL, 0};
  const size_t data_size = write_header(&header, content), total = 8 + header.size + data_size;
  if (bytes && capacity < total)
    return triplet_fail(context, TRIPLET_INVALID_ARGUMENT, "capacity", "expected %z bytes, got %z", total, capacity);
  if (bytes) {
    triplet_writer writer = {bytes, 0};
    triplet_write_little_endian(&writer, header.size, 8);
    write_header(&writer, content);
    for (size_t i = 0; i < content->count; i++)
      write_data(&writer, &content->tensors[i]);
  }
  *size = total;
  return TRIPLET_OK;
}

/* ---- the header of a file ---------------------------------------------------------------------------------------- */

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

static const char *read_tensor_entry(triplet_json *json, triplet_file_tensor *entry) {
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

static const char *read_metadata(triplet_json *json, triplet_safetensors *into) {
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
    if (into->metadata_count == TRIPLET_MAX_METADATA)
      return "__metadata__ has too many keys";
    into->metadata[into->metadata_count].key = key;
    into->metadata[into->metadata_count++].value = value;
  } while (triplet_json_take(json, ','));
  return triplet_json_take(json, '}') ? NULL : fault;
}

static const char *read_header(triplet_json *json, triplet_safetensors *into) {
  static const char ending[] = "the header does not end as JSON does";
  if (!triplet_json_take(json, '{'))
    return "the header is not a JSON object";
  if (triplet_json_take(json, '}'))
    return triplet_json_ends(json) ? NULL : ending;
  do {
    const char *key = triplet_json_string(json);
    if (!key || !triplet_json_take(json, ':'))
      return "the header is not a JSON object";
    const char *fault;
    if (strcmp(key, "__metadata__") == 0) {
      fault = read_metadata(json, into);
    } else if (into->tensor_count == TRIPLET_MAX_TENSORS) {
      fault = "there are too many tensors";
    } else {
      for (size_t i = 0; i < into->tensor_count; i++)
        if (strcmp(into->tensors[i].name, key) == 0)
          return "a tensor is there twice";
      triplet_file_tensor *entry = &into->tensors[into->tensor_count++];
      *entry = (triplet_file_tensor){.name = key};
      fault = read_tensor_entry(json, entry);
    }
    if (fault)
      return fault;
  } while (triplet_json_take(json, ','));
  return triplet_json_take(json, '}') && triplet_json_ends(json) ? NULL : ending;
}

/* The tensors lie in the data one after the other, whatever their order in the header. */
static const char *check_places(triplet_safetensors *of) {
  for (size_t i = 1; i < of->tensor_count; i++) {
    const triplet_file_tensor moved = of->tensors[i];
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

bool triplet_is_safetensors(const uint8_t *bytes, size_t size) {
  return size >= 9 && bytes[8] == '{' && triplet_little_endian(bytes, 8) <= MAX_HEADER;
}

triplet_status triplet_safetensors_open(triplet_context *context, triplet_status bad, const uint8_t *bytes, size_t size,
                                        triplet_safetensors **file) {
  if (!triplet_is_safetensors(bytes, size))
    return triplet_fail(context, bad, "bytes", "not a safetensors file");
  const uint64_t header_size = triplet_little_endian(bytes, 8);
  if (header_size > size - 8)
    return triplet_fail(context, bad, "bytes", "the header is cut off");

  /* A copy of the header, as reading it ends its texts with zeros. */
  triplet_safetensors *made = triplet_allocate(context, 1, sizeof *made + (size_t)header_size);
  if (!made)
    return TRIPLET_OUT_OF_MEMORY;
  made->bad = bad;
  made->data = bytes + 8 + header_size;
  made->data_size = size - 8 - (size_t)header_size;
  made->has_metadata = false;
  made->tensor_count = made->metadata_count = 0;
  memcpy(made->header, bytes + 8, (size_t)header_size);

  const char *fault = read_header(&(triplet_json){made->header, made->header + header_size}, made);
  if (!fault)
    fault = check_places(made);
  if (fault) {
    triplet_release(context, made);
    return triplet_fail(context, bad, "bytes", "%s", fault);
  }
  *file = made;
  return TRIPLET_OK;
}

/* ---- what is in a file ------------------------------------------------------------------------------------------- */

char *triplet_safetensors_metadata(triplet_safetensors *file, const char *key) {
  for (size_t i = 0; i < file->metadata_count; i++)
    if (strcmp(file->metadata[i].key, key) == 0)
      return file->metadata[i].value;
  return NULL;
}

const triplet_file_tensor *triplet_safetensors_find(const triplet_safetensors *file, const char *name) {
  for (size_t i = 0; i < file->tensor_count; i++)
    if (strcmp(file->tensors[i].name, name) == 0)
      return &file->tensors[i];
  return NULL;
}

bool triplet_file_tensor_is(const triplet_file_tensor *tensor, triplet_dtype type, size_t rank) {
  if (strcmp(tensor->dtype, triplet_dtype_name(type)) != 0 || tensor->rank != rank)
    return false;
  const size_t size = triplet_dtype_size(type), bytes = tensor->end - tensor->begin;
  const size_t cols = rank == 2 ? tensor->shape[1] : 1, count = bytes / size;
  if (bytes % size != 0)
    return false;
  return cols && tensor->shape[0] ? count % cols == 0 && count / cols == tensor->shape[0] : count == 0;
}

void triplet_safetensors_numbers(const triplet_safetensors *file, const triplet_file_tensor *tensor, triplet_dtype type,
                                 void *data) {
  const uint8_t *bytes = file->data + tensor->begin;
  const size_t size = triplet_dtype_size(type), count = (tensor->end - tensor->begin) / size;
  for (size_t i = 0; i < count; i++) {
    char *place = (char *)data + i * size;
    const uint64_t wide = triplet_little_endian(bytes + i * size, size);
    const uint32_t narrow = (uint32_t)wide;
    if (type == TRIPLET_F32)
      triplet_dtype_to_float(type, false, bytes + i * size, (float *)(void *)place);
    else
      memcpy(place, size == 4 ? (const void *)&narrow : (const void *)&wide, size);
  }
}

triplet_status triplet_safetensors_read(triplet_context *context, const triplet_safetensors *file,
                                        const triplet_stored *wanted, size_t count) {
  for (const triplet_stored *one = wanted; one < wanted + count; one++) {
    const triplet_file_tensor *found = triplet_safetensors_find(file, one->name);
    if (!found)
      return triplet_fail(context, file->bad, "bytes", "tensor %s is missing", one->name);
    if (!triplet_file_tensor_is(found, one->type, one->rank) ||
        memcmp(found->shape, one->shape, one->rank * sizeof *one->shape) != 0)
      return triplet_fail(context, file->bad, "bytes", "tensor %s has a wrong type or shape", one->name);
    if (one->data)
      triplet_safetensors_numbers(file, found, one->type, one->data);
  }
  return TRIPLET_OK;
}

triplet_status triplet_safetensors_list(triplet_context *context, triplet_safetensors *file, const char *key,
                                        const char ***items, size_t *count) {
  char *text = triplet_safetensors_metadata(file, key);
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
    return triplet_fail(context, file->bad, "bytes", "%s is not a JSON list of names", key);
  }
  *items = list;
  return TRIPLET_OK;
}
