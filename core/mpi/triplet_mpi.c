/* triplet_mpi.c - bytes by MPI, whose counts are int: what is longer goes in pieces. */
#include "triplet_mpi.h"

#include <stdlib.h>
#include <string.h>

/* The longest message in bytes; tests make it short. */
#ifndef TRIPLET_MPI_PIECE
#define TRIPLET_MPI_PIECE (1 << 30)
#endif

/* What `user` is. */
typedef struct engine {
  MPI_Comm communicator;
  size_t rank, size;
  bool broken;          /* a call has failed, after which ranks may not agree on what comes next */
  uint64_t received;    /* bytes, from others */
  int *counts, *places; /* of each rank: made at once, so that none runs out of memory while others wait for it */
} engine;

static bool all_well(engine *self, bool well) {
  self->broken = self->broken || !well;
  return !self->broken;
}

static size_t shorter(size_t a, size_t b) {
  return a < b ? a : b;
}

/* ---- all to all of them ------------------------------------------------------------------------------------------ */

/* Rank after rank: MPI sends what is long on while it arrives. */
static bool broadcast_each(engine *self, char *receive, const size_t *counts) {
  for (size_t rank = 0; rank < self->size; rank++) {
    for (size_t done = 0, count; done < counts[rank]; done += count) {
      count = shorter(counts[rank] - done, TRIPLET_MPI_PIECE);
      if (MPI_Bcast(receive + done, (int)count, MPI_BYTE, (int)rank, self->communicator) != MPI_SUCCESS)
        return false;
    }
    receive += counts[rank];
  }
  return true;
}

static bool gather_at_once(engine *self, char *receive, const size_t *counts) {
  int place = 0;
  for (size_t rank = 0; rank < self->size; rank++) {
    self->counts[rank] = (int)counts[rank];
    self->places[rank] = place;
    place += self->counts[rank];
  }
  return MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_BYTE, receive, self->counts, self->places, MPI_BYTE, self->communicator) ==
         MPI_SUCCESS;
}

/* Where one rank alone has bytes, a broadcast is the quicker way, too. */
static bool all_gather(void *user, const void *send, void *receive, const size_t *counts) {
  engine *self = user;
  size_t total = 0, senders = 0, own = 0;
  for (size_t rank = 0; rank < self->size; rank++) {
    if (rank == self->rank)
      own = total;
    if (counts[rank] > SIZE_MAX - total)
      return all_well(self, false);
    total += counts[rank];
    senders += counts[rank] > 0;
  }

  if (self->broken || !total)
    return !self->broken;
  self->received += total - counts[self->rank];
  if (send && counts[self->rank])
    memcpy((char *)receive + own, send, counts[self->rank]);
  return all_well(self, senders == 1 || total > TRIPLET_MPI_PIECE ? broadcast_each(self, receive, counts)
                                                                  : gather_at_once(self, receive, counts));
}

/* ---- each to each ------------------------------------------------------------------------------------------------ */

typedef struct message {
  char *bytes;
  size_t count;
  int rank; /* the other */
} message;

/* The length of the piece that begins at `done`. */
static int piece(message of, size_t done) {
  return (int)(of.count > done ? shorter(of.count - done, TRIPLET_MPI_PIECE) : 0);
}

/* So many bytes to one rank and from another, who do the same. A direction that is through goes to nobody. */
static bool swap(engine *self, message sent, message received) {
  for (size_t done = 0; done < sent.count || done < received.count; done += TRIPLET_MPI_PIECE) {
    const int send_count = piece(sent, done), receive_count = piece(received, done);
    MPI_Status status;
    int count;
    if (MPI_Sendrecv(send_count ? sent.bytes + done : NULL, send_count, MPI_BYTE,
                     send_count ? sent.rank : MPI_PROC_NULL, 0, receive_count ? received.bytes + done : NULL,
                     receive_count, MPI_BYTE, receive_count ? received.rank : MPI_PROC_NULL, 0, self->communicator,
                     &status) != MPI_SUCCESS ||
        MPI_Get_count(&status, MPI_BYTE, &count) != MPI_SUCCESS || count != receive_count)
      return false; /* one that is too short is no error of MPI's */
  }
  return true;
}

/* The message of a rank among those that stand one after another. */
static message message_of(void *all, const size_t *counts, size_t rank) {
  size_t before = 0;
  for (size_t i = 0; i < rank; i++)
    before += counts[i];
  return (message){counts[rank] ? (char *)all + before : NULL, counts[rank], (int)rank};
}

/* MPI's own all-to-all would want the whole of what a rank sends to be below 2 GB, on all ranks alike. Here each pair
 * counts its pieces by itself: in every round a rank sends to the one so far behind it and receives from the one so far
 * before. */
static bool all_to_all(void *user, const void *send, const size_t *send_counts, void *receive,
                       const size_t *receive_counts) {
  engine *self = user;
  const size_t rank = self->rank, size = self->size;
  const message kept = message_of((void *)send, send_counts, rank), own = message_of(receive, receive_counts, rank);
  bool well = !self->broken && kept.count == own.count;
  if (well && own.count)
    memcpy(own.bytes, kept.bytes, own.count);
  for (size_t other = 0; other < size; other++)
    self->received += other == rank ? 0 : receive_counts[other];
  for (size_t distance = 1; well && distance < size; distance++)
    well = swap(self, message_of((void *)send, send_counts, (rank + distance) % size),
                message_of(receive, receive_counts, (rank + size - distance) % size));
  return all_well(self, well);
}

/* ---- the engine -------------------------------------------------------------------------------------------------- */

static void release(engine *self) {
  if (!self)
    return;
  free(self->counts);
  free(self->places);
  free(self);
}

/* NULL: memory is short. */
static engine *new_engine(int rank, int size) {
  engine *self = malloc(sizeof *self);
  int *counts = malloc((size_t)size * sizeof *counts), *places = malloc((size_t)size * sizeof *places);
  if (self && counts && places) {
    *self = (engine){MPI_COMM_NULL, (size_t)rank, (size_t)size, false, 0, counts, places};
    return self;
  }
  free(self);
  free(counts);
  free(places);
  return NULL;
}

int triplet_mpi_open(MPI_Comm communicator, triplet_collective *collective) {
  MPI_Comm own;
  int rank, size, code = MPI_Comm_dup(communicator, &own);
  if (code != MPI_SUCCESS)
    return code;
  engine *self = NULL;
  int ready = 0;
  if ((code = MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN)) == MPI_SUCCESS &&
      (code = MPI_Comm_rank(own, &rank)) == MPI_SUCCESS && (code = MPI_Comm_size(own, &size)) == MPI_SUCCESS) {
    self = new_engine(rank, size);
    ready = self != NULL;
    code = MPI_Allreduce(MPI_IN_PLACE, &ready, 1, MPI_INT, MPI_MIN, own);
  }
  if (code != MPI_SUCCESS || !ready) {
    release(self);
    MPI_Comm_free(&own);
    return code != MPI_SUCCESS ? code : MPI_ERR_NO_MEM;
  }

  self->communicator = own;
  *collective = (triplet_collective){self->rank, self->size, all_gather, all_to_all, self};
  return MPI_SUCCESS;
}

uint64_t triplet_mpi_received(const triplet_collective *collective) {
  const engine *self = collective->user;
  return self ? self->received : 0;
}

int triplet_mpi_close(triplet_collective *collective) {
  engine *self = collective->user;
  *collective = (triplet_collective){0};
  if (!self)
    return MPI_SUCCESS;
  const int code = MPI_Comm_free(&self->communicator);
  release(self);
  return code;
}
