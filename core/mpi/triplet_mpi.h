/* triplet_mpi.h - the ranks of MPI as a collective of triplet.h, in a library of its own, libtriplet_mpi.
 *
 *    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
 *    triplet_collective ranks;
 *    if (triplet_mpi_open(MPI_COMM_WORLD, &ranks) == MPI_SUCCESS) {
 *      triplet_context_set_collective(context, &ranks);
 *      ...                      every rank makes the same calls with this context
 *      triplet_context_destroy(context);
 *      triplet_mpi_close(&ranks);
 *    }
 *    MPI_Finalize();
 *
 * MPI is the caller's, who starts and ends it. It may have been started for threads or not: a context exchanges bytes
 * on the thread that makes the call, so that MPI_THREAD_FUNNELED does where that is the main thread, and
 * MPI_THREAD_SERIALIZED elsewhere. Any MPI 3.0 will do; a build belongs to the one whose mpi.h it had.
 *
 * A call of MPI that fails is told to the core, which then fails with TRIPLET_RANK_LOST. When a rank dies most MPIs let
 * mpirun end the others, before they could tell. */
#ifndef TRIPLET_MPI_H
#define TRIPLET_MPI_H

#include <mpi.h>

#include "triplet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills *collective with the ranks of a communicator. All of them call it, as it duplicates the communicator: what the
 * core sends never meets messages of others. *collective is the caller's; the functions and what `user` points to are
 * there until triplet_mpi_close. Returns MPI_SUCCESS, or MPI's code of what went wrong (MPI_ERR_NO_MEM: on this rank or
 * another memory is short), and *collective is then as it was. */
TRIPLET_API int triplet_mpi_open(MPI_Comm communicator, triplet_collective *collective);

/* The bytes that a collective has brought to this rank from others since it was opened. */
TRIPLET_API uint64_t triplet_mpi_received(const triplet_collective *collective);

/* Gives back what a collective holds and clears it. All ranks call it, before MPI_Finalize and after the last call of a
 * context that has it. Of one that is clear already nothing is done. Returns MPI_SUCCESS or MPI's code. */
TRIPLET_API int triplet_mpi_close(triplet_collective *collective);

#ifdef __cplusplus
}
#endif

#endif
