import Foundation

/// Bytes on their way from the threads that read features to the one that writes the log: bounded, and never on the disk's
/// pace unless the service says so.
///
/// Invariant: `bytes`, and all that stands beside it, is touched under `mutex` only; the mutex and the condition are
/// initialised from `init` on.
final class LogQueue: @unchecked Sendable {
    private let capacity: Int
    private let waits: Bool
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var bytes: UnsafeMutableRawPointer
    private var spare: UnsafeMutableRawPointer
    private var room: Int
    private var used = 0
    private var rows = 0
    /// Rows that were ever accepted, and rows of them that are done with.
    private var accepted: UInt64 = 0
    private var settled: UInt64 = 0
    private var droppedRows: UInt64 = 0
    private var isHurried = false
    private var isEnded = false
    private var failure: (any Error)?
    private var consumerWaits = false

    /// How long a read waits for room before it fails.
    private static let patienceSeconds = 30
    /// How long a flush lets a log that cannot be written be tried again.
    private static let flushSeconds = 2

    /// - Parameters:
    ///   - capacity: bytes that may wait.
    ///   - waits: whether a row waits for room, or is dropped.
    init(capacity: Int, waits: Bool) {
        self.capacity = capacity
        self.waits = waits
        room = min(capacity, 1 << 18)
        bytes = .allocate(byteCount: room, alignment: 16)
        spare = .allocate(byteCount: room, alignment: 16)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        changed.deallocate()
        bytes.deallocate()
        spare.deallocate()
    }

    var dropped: UInt64 { locked { droppedRows } }
    var acceptedRows: UInt64 { locked { accepted } }
    var waitingRows: Int { locked { Int(accepted - settled) } }

    private func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    // MARK: - Those who read features

    /// Where rows wait: until there is room for a read's rows. To be called before the read takes a snapshot.
    ///
    /// - Throws: why the log cannot be written, if it has not been for long.
    func waitForRoom() throws {
        guard waits else { return }
        try locked {
            let begun = ContinuousClock.now
            while used > capacity / 2, !isEnded {
                hurry()
                _ = wait(milliseconds: 1000)
                if ContinuousClock.now - begun > .seconds(Self.patienceSeconds) {
                    throw failure ?? LogError.slow(seconds: Self.patienceSeconds)
                }
            }
        }
    }

    /// Appends a row of at most `size` bytes, which `body` writes and whose true length it returns; false if it was
    /// dropped.
    @inline(__always)
    func append(atMost size: Int, _ body: (UnsafeMutableRawPointer) -> Int) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if used + size > room, !grow(by: size) {
            droppedRows += 1
            return false
        }
        used += body(bytes + used)
        rows += 1
        accepted += 1
        if consumerWaits {
            consumerWaits = false
            pthread_cond_broadcast(changed)
        }
        return true
    }

    /// Rows that wait for room have had it promised, so for them there is more than the capacity, by what reads at one time
    /// can bring.
    private func grow(by size: Int) -> Bool {
        let needed = used + size
        guard needed <= capacity || waits else { return false }
        let grown = max(needed, min(capacity, room * 2))
        let larger = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
        memcpy(larger, bytes, used)
        bytes.deallocate()
        bytes = larger
        room = grown
        return true
    }

    /// Waits until all rows so far are durable.
    ///
    /// - Throws: why they cannot be.
    func flush() throws {
        try locked {
            let target = accepted
            let begun = ContinuousClock.now
            while settled < target {
                hurry()
                _ = wait(milliseconds: 500)
                if let failure, ContinuousClock.now - begun > .seconds(Self.flushSeconds) { throw failure }
            }
        }
    }

    /// Takes no more waiting: what is there is handed over at once, and then the end.
    func end() {
        locked {
            isEnded = true
            hurry()
        }
    }

    private func hurry() {
        isHurried = true
        pthread_cond_broadcast(changed)
    }

    /// False if the time ran out.
    private func wait(milliseconds: Int) -> Bool {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_nsec += milliseconds % 1000 * 1_000_000
        until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1_000_000_000
        until.tv_nsec %= 1_000_000_000
        return pthread_cond_timedwait(changed, mutex, &until) == 0
    }

    // MARK: - The one that writes

    /// Rows that were taken together.
    struct Portion {
        let bytes: UnsafeRawBufferPointer
        let rows: Int
    }

    /// Waits for rows, lets more of them come for a moment so that they share a commit, and takes all of them; nil at the
    /// end. The bytes are good until the next call.
    func take(gatheringMilliseconds: Int) -> Portion? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while used == 0, !isEnded {
            isHurried = false
            consumerWaits = true
            pthread_cond_wait(changed, mutex)
        }
        if used == 0 { return nil }
        var left = gatheringMilliseconds
        while !isHurried, !isEnded, used < capacity / 2, left > 0 {
            let begun = DispatchTime.now().uptimeNanoseconds
            _ = wait(milliseconds: left)
            left -= Int((DispatchTime.now().uptimeNanoseconds - begun) / 1_000_000) + 1
        }
        let portion = Portion(bytes: UnsafeRawBufferPointer(start: bytes, count: used), rows: rows)
        swap(&bytes, &spare)
        // The spare one may be smaller, or larger.
        let taken = room
        room = spareRoom
        spareRoom = taken
        used = 0
        rows = 0
        isHurried = false
        return portion
    }

    private lazy var spareRoom = min(capacity, 1 << 18)

    /// Says that the rows last taken are durable, or lost.
    func settle(_ portion: Portion, isLost: Bool) {
        locked {
            settled += UInt64(portion.rows)
            if isLost { droppedRows += UInt64(portion.rows) }
            failure = nil
            pthread_cond_broadcast(changed)
        }
    }

    /// Says why the rows last taken could not be written yet; true if there is no more time to try again.
    func fail(_ error: any Error) -> Bool {
        locked {
            failure = error
            pthread_cond_broadcast(changed)
            return isEnded
        }
    }
}
