/// How far a batch takes a stream, once it is stored.
struct StreamAdvance: Hashable, Sendable {
    let stream: String
    /// Of each partition with rows, the first of their positions.
    var starts: [String: Int64] = [:]
    /// Of each partition, the position that it is moved to.
    var ends: [String: Int64] = [:]
    /// Rows of each partition.
    var rowCounts: [String: Int] = [:]

    /// Whether rows of the batch were taken already, by what is known now to be stored.
    func overlaps(_ stored: [String: Int64]) -> Bool {
        starts.contains { partition, first in stored[partition].map { first <= $0 } ?? false }
    }
}
