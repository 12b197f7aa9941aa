import Foundation
import Synchronization

/// The contexts of a reader: as many as threads have read at once.
///
/// Invariant: the first `count` places are filled and never change.
final class ReadContextPool: @unchecked Sendable {
    /// More threads than this take turns.
    private static let capacity = 512

    private let places = UnsafeMutablePointer<ReadContext>.allocate(capacity: capacity)
    private let count = Atomic<Int>(0)
    private let adding = Mutex<Void>(())
    private let make: @Sendable () throws -> ReadContext

    init(_ make: @escaping @Sendable () throws -> ReadContext) { self.make = make }

    deinit {
        places.deinitialize(count: count.load(ordering: .acquiring))
        places.deallocate()
    }

    /// Runs `body` with a context that no other thread has.
    @inline(__always)
    func withContext<Result>(_ body: (ReadContext) throws -> Result) throws -> Result {
        let context = try acquire()
        return try context._withUnsafeGuaranteedRef { context in
            defer { context.turn.release() }
            return try body(context)
        }
    }

    @inline(__always)
    private func acquire() throws -> Unmanaged<ReadContext> {
        let count = count.load(ordering: .acquiring)
        // Each thread begins where it probably was before.
        let hint = Int(truncatingIfNeeded: UInt(pthread_self()) >> 12) & (Self.capacity - 1)
        var place = count > 1 ? hint % count : 0
        for _ in 0..<count {
            let context = Unmanaged.passUnretained(places[place])
            if context._withUnsafeGuaranteedRef({ $0.turn.acquire() }) { return context }
            place += 1
            if place == count { place = 0 }
        }
        return try add()
    }

    @inline(never)
    private func add() throws -> Unmanaged<ReadContext> {
        while true {
            let made = try adding.withLock { _ -> Unmanaged<ReadContext>? in
                let place = count.load(ordering: .relaxed)
                guard place < Self.capacity else { return nil }
                (places + place).initialize(to: try make())
                count.store(place + 1, ordering: .releasing)
                return .passUnretained(places[place])
            }
            if let made { return made }
            for place in 0..<Self.capacity where places[place].turn.acquire() {
                return .passUnretained(places[place])
            }
            sched_yield()
        }
    }
}
