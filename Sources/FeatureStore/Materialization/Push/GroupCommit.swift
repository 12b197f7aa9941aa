import Foundation

/// Lets threads that commit at the same time share one commit, and so one wait for the disk.
///
/// The first thread to come works for all that wait; those that come meanwhile wait for the next turn. A thread waits
/// until its own request is done, so there are never more requests than threads: a slow disk slows the callers down.
///
/// Invariant: `waiting`, `isWorking` and tickets' outcomes are used with `condition` locked, `work` by one thread at a time.
final class GroupCommit<Request: Sendable, Outcome: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [Ticket] = []
    private var isWorking = false
    private let maximumWeight: Int
    private let weight: @Sendable (Request) -> Int
    private let work: ([Request]) -> [Outcome]

    private final class Ticket {
        let request: Request
        var outcome: Outcome?

        init(_ request: Request) { self.request = request }
    }

    /// - Parameters:
    ///   - maximumWeight: of the requests of a turn; a heavier request has a turn of its own.
    ///   - work: an outcome a request, in order.
    init(maximumWeight: Int, weight: @escaping @Sendable (Request) -> Int, work: @escaping ([Request]) -> [Outcome]) {
        self.maximumWeight = maximumWeight
        self.weight = weight
        self.work = work
    }

    /// Has `request` done, together with others, and returns what became of it.
    func submit(_ request: Request) -> Outcome {
        let ticket = Ticket(request)
        condition.lock()
        defer { condition.unlock() }
        waiting.append(ticket)
        while true {
            if let outcome = ticket.outcome { return outcome }
            if isWorking {
                condition.wait()
                continue
            }
            let group = takeGroup()
            isWorking = true
            condition.unlock()
            let outcomes = work(group.map(\.request))
            condition.lock()
            isWorking = false
            precondition(outcomes.count == group.count)
            for (ticket, outcome) in zip(group, outcomes) { ticket.outcome = outcome }
            condition.broadcast()
        }
    }

    private func takeGroup() -> [Ticket] {
        var count = 0
        var total = 0
        while count < waiting.count {
            total += weight(waiting[count].request)
            if count > 0 && total > maximumWeight { break }
            count += 1
        }
        defer { waiting.removeFirst(count) }
        return Array(waiting[..<count])
    }
}
