import Synchronization

/// Counts the rows of history that work has gone through, on any thread, and tells a listener.
public final class RowProgress: Sendable {
    private let done = Atomic(0)
    private let expected = Atomic(0)
    private let listener: @Sendable (_ rows: Int, _ expected: Int) -> Void

    /// - Parameter listener: called with the rows so far and in all, from the threads that do the work.
    public init(_ listener: @escaping @Sendable (_ rows: Int, _ expected: Int) -> Void) { self.listener = listener }

    func expect(_ rows: Int) { expected.add(rows, ordering: .relaxed) }

    func advance(by rows: Int) {
        let soFar = done.add(rows, ordering: .relaxed).newValue
        listener(soFar, expected.load(ordering: .relaxed))
    }
}
