import Columnar
import Foundation
import Synchronization

/// Writes what is read of one service to its log, from any number of threads, off their way.
///
/// Rows wait in a bounded queue; a thread of its own takes all that came within some milliseconds, makes columns of them
/// and commits them, so that one sync of the disk is for many. What was read is durable a moment after it was read, and
/// once `flush` has returned. When the queue is full a row is dropped and counted, or its read waits, as the service says.
///
/// Several processes may write one log at once. After a fork, the child's rows go through a queue and a thread of its own.
package final class FeatureLogWriter: Sendable {
    package let service: String
    private let policy: ServiceLog
    private let folder: String
    private let clock: @Sendable () -> Timestamp
    private let state: Mutex<State>

    /// Bytes that may wait, some ten thousand rows.
    private static let capacity = 16 << 20
    /// How long rows wait for others to share their commit.
    private static let gatheringMilliseconds = 10

    private struct State {
        var process: pid_t
        var worker: Worker
    }

    init(
        service: String, policy: ServiceLog, folder: String, clock: @escaping @Sendable () -> Timestamp = { .now }
    ) throws {
        self.service = service
        self.policy = policy
        self.folder = folder
        self.clock = clock
        let worker = try Worker(policy: policy, folder: folder, capacity: Self.capacity)
        state = Mutex(State(process: OwnProcess.id, worker: worker))
    }

    deinit { state.withLock { $0.process == OwnProcess.id ? $0.worker.queue.end() : () } }

    /// What notes the rows of readers with this layout.
    ///
    /// - Parameter version: that of the definitions which the reader was made by.
    package func recorder(for reader: ServiceReader, definitions version: Int64) throws -> LogRecorder {
        let layout = LogLayout(of: reader.service, joinKeys: reader.joinKeys)
        let viewFeatures = layout.viewNames.map { view in
            reader.service.features.firstIndex { $0.view.name == view } ?? 0
        }
        let worker = try worker()
        return LogRecorder(
            layout, number: worker.number(of: layout, version), queue: worker.queue, sample: policy.sample,
            viewFeatures: viewFeatures, clock: clock)
    }

    /// Waits until all that was noted so far is durable.
    ///
    /// - Throws: why it cannot be.
    package func flush() throws {
        // What was noted before a fork is the parent's to write.
        let worker = state.withLock { $0.process == OwnProcess.id ? $0.worker : nil }
        try worker?.queue.flush()
    }

    /// Makes all that was noted durable, and ends.
    package func close() throws {
        try flush()
        state.withLock { state in
            if state.process == OwnProcess.id { state.worker.finish() }
        }
    }

    /// Rows that this process noted, dropped since the queue was full or the disk failed, and has not written yet.
    package var counts: (noted: UInt64, dropped: UInt64, waiting: Int) {
        let queue = state.withLock { $0.worker.queue }
        return (queue.acceptedRows, queue.dropped, queue.waitingRows)
    }

    private func worker() throws -> Worker {
        try state.withLock { state in
            if state.process != OwnProcess.id {
                // The parent's thread and connection are not ours, and its memory is left alone.
                _ = Unmanaged.passRetained(state.worker)
                state.worker = try Worker(policy: policy, folder: folder, capacity: Self.capacity)
                state.process = OwnProcess.id
            }
            return state.worker
        }
    }

    /// The thread that writes, with what it has to itself.
    private final class Worker: Sendable {
        let queue: LogQueue
        private let layouts = LogLayouts()
        private let ended = DispatchSemaphore(value: 0)

        init(policy: ServiceLog, folder: String, capacity: Int) throws {
            let queue = LogQueue(capacity: capacity, waits: policy.whenFull == .wait)
            self.queue = queue
            // Made here, so that a log that cannot be written is told at once.
            guard let opened = try LogDatabase(folder: folder, isReadOnly: false) else {
                throw CatalogError.notReadable(path: folder)
            }
            // Used by the one thread only.
            nonisolated(unsafe) let database = opened
            let thread = Thread { [layouts, ended] in
                Self.run(queue, database, policy, layouts)
                ended.signal()
            }
            thread.name = "fstore log"
            thread.start()
        }

        func number(of layout: LogLayout, _ definitions: Int64) -> UInt32 { layouts.number(of: layout, definitions) }

        func finish() {
            queue.end()
            ended.wait()
        }

        private static func run(
            _ queue: LogQueue, _ database: LogDatabase, _ policy: ServiceLog, _ layouts: LogLayouts
        ) {
            var droppedBefore: UInt64 = 0
            var sinceCompaction = 0
            while let portion = queue.take(gatheringMilliseconds: gatheringMilliseconds) {
                append(LogBatch.batches(of: portion.bytes, layouts: layouts.all), portion, queue, database)
                let dropped = queue.dropped
                if dropped > droppedBefore, (try? database.add(Int64(dropped - droppedBefore), to: "dropped")) != nil {
                    droppedBefore = dropped
                }
                sinceCompaction += portion.rows
                if sinceCompaction >= LogCompaction.lookEvery {
                    sinceCompaction = 0
                    // What goes wrong here is left to the next, and to 'fstore log --compact', which tells it.
                    _ = try? LogCompaction(database, retain: policy.retain).runIfDue()
                }
            }
        }

        /// Tries until the rows are durable, or there is no more time. A disk that is full, or a store that is busy, may
        /// not be so for long.
        private static func append(
            _ batches: [LogBatch], _ portion: LogQueue.Portion, _ queue: LogQueue, _ database: LogDatabase
        ) {
            while true {
                do {
                    try database.append(batches)
                    return queue.settle(portion, isLost: false)
                } catch {
                    if queue.fail(error) { return queue.settle(portion, isLost: true) }
                    usleep(200_000)
                }
            }
        }
    }
}

/// The layouts of the rows in a queue, by their numbers there.
private final class LogLayouts: Sendable {
    private let known = Mutex<[(layout: LogLayout, definitions: Int64)]>([])

    var all: [(layout: LogLayout, definitions: Int64)] { known.withLock { $0 } }

    func number(of layout: LogLayout, _ definitions: Int64) -> UInt32 {
        known.withLock { known in
            if let number = known.firstIndex(where: { $0.layout == layout && $0.definitions == definitions }) {
                return UInt32(number)
            }
            known.append((layout, definitions))
            return UInt32(known.count - 1)
        }
    }
}
