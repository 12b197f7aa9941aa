import Foundation
import Synchronization

/// Knows which connections are open and what each waits for, and cuts those whose clients keep them for nothing.
///
/// The library closes connections on which no byte moves for a while. A client that sends one from time to time, or takes
/// its answer so, would keep its place for ever; one that has gone in the middle of a request would for that while; and
/// many idle ones would leave no place for others.
final class ConnectionWatch: Sendable {
    /// What a connection waits for.
    enum Phase: UInt64 {
        /// A request's head.
        case head
        /// The rest of a body.
        case body
        /// The answer, which is our doing.
        case work
        /// The client, to take the answer.
        case delivery
    }

    /// A connection's phase and since when, readable from the thread that watches.
    final class State: Sendable {
        /// Nanoseconds of the machine's clock, with the phase in the lowest two bits.
        private let packed = Atomic<UInt64>(0)

        func enter(_ phase: Phase) {
            packed.store(ConnectionWatch.nanoseconds() & ~3 | phase.rawValue, ordering: .relaxed)
        }

        fileprivate func read() -> (phase: Phase, since: UInt64) {
            let value = packed.load(ordering: .relaxed)
            return (Phase(rawValue: value & 3) ?? .head, value & ~3)
        }
    }

    private struct Open {
        let descriptor: Int32
        let state: State
    }

    private let limits: HTTPLimits
    private let open = Mutex<[ObjectIdentifier: Open]>([:])

    init(_ limits: HTTPLimits) { self.limits = limits }

    /// How many connections are open.
    var count: Int { open.withLock { $0.count } }

    func opened(_ state: State, descriptor: Int32) {
        state.enter(.head)
        open.withLock { $0[ObjectIdentifier(state)] = Open(descriptor: descriptor, state: state) }
    }

    /// To be called before the descriptor is closed, so that it is never cut when it is another's already.
    func closed(_ state: State) { open.withLock { $0[ObjectIdentifier(state)] = nil } }

    /// Cuts connections that have taken too long, or whose clients have gone without a whole request; and where places
    /// become scarce, those that have been idle longest.
    ///
    /// Complexity: O(connections); to be called a few times a second.
    func cut() {
        let now = Self.nanoseconds()
        open.withLock { open in
            var idle: [(since: UInt64, descriptor: Int32)] = []
            var incomplete: [pollfd] = []
            for connection in open.values {
                let (phase, since) = connection.state.read()
                let seconds = Int((now &- min(since, now)) / 1_000_000_000)
                if let limit = limit(of: phase), seconds > limit {
                    shutdown(connection.descriptor, Int32(SHUT_RDWR))
                } else if seconds >= 1, phase == .head || phase == .body {
                    incomplete.append(pollfd(fd: connection.descriptor, events: Self.peerHasClosed, revents: 0))
                    if phase == .head { idle.append((since, connection.descriptor)) }
                }
            }
            if poll(&incomplete, nfds_t(incomplete.count), 0) > 0 {
                for gone in incomplete where gone.revents != 0 { shutdown(gone.fd, Int32(SHUT_RDWR)) }
            }
            let excess = open.count - limits.connections * 8 / 10
            guard open.count > limits.connections * 9 / 10, !idle.isEmpty else { return }
            idle.sort { $0.since < $1.since }
            for connection in idle.prefix(excess) { shutdown(connection.descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Linux's POLLRDHUP.
    private static let peerHasClosed: Int16 = 0x2000

    /// Seconds that a phase may take; nil for no limit.
    private func limit(of phase: Phase) -> Int? {
        switch phase {
        // An idle one is closed before by the library; so one that is this old must have sent bytes.
        case .head: limits.idleSeconds + limits.requestSeconds
        case .body: limits.requestSeconds
        case .work: nil
        case .delivery: limits.idleSeconds + limits.requestSeconds
        }
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        // Coarse: read at every step of every request, and judged in seconds.
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
