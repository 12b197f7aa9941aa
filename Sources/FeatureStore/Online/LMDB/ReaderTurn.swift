import Foundation
import Synchronization

/// Whose turn it is to use a reader: one thread's at a time, or nobody's while LMDB's map is moved.
final class ReaderTurn: Sendable {
    private enum State {
        static let idle: UInt8 = 0
        static let busy: UInt8 = 1
        static let paused: UInt8 = 2
    }

    private let state = Atomic<UInt8>(State.busy)

    /// Takes the turn for the calling thread; false if it is another's.
    @inline(__always)
    func acquire() -> Bool {
        state.compareExchange(expected: State.idle, desired: State.busy, ordering: .acquiring).exchanged
    }

    @inline(__always)
    func release() { state.store(State.idle, ordering: .releasing) }

    /// Keeps all threads from reading until `release()`; false if one is at it for longer than a short while.
    func pause() -> Bool {
        for _ in 0..<1000 {
            if state.compareExchange(expected: State.idle, desired: State.paused, ordering: .acquiring).exchanged {
                return true
            }
            sched_yield()
        }
        return false
    }
}
