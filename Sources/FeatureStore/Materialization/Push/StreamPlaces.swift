import Columnar

/// Where the rows of a push stand in a stream, row by row, and how far the push takes the stream.
package struct StreamPlaces: Sendable {
    /// Bytes of a stream's or a partition's name.
    static let maximumNameLength = 256

    package let stream: String
    /// The names of the partitions that the rows' numbers mean.
    private(set) var partitions: [String] = []
    private var numbers: [String: Int32] = [:]
    private var rowPartitions: [Int32] = []
    private var rowPositions: [Int64] = []
    /// The furthest position of each partition that holds no row to be taken: a message without content, or a row that
    /// was set aside.
    package private(set) var passed: [String: Int64] = [:]

    /// - Throws: `StoreError.badRequest` for a name that is empty or too long.
    package init(stream: String) throws(StoreError) {
        guard (1...Self.maximumNameLength).contains(stream.utf8.count) else {
            throw .badRequest(
                "a stream's name has 1 to \(Self.maximumNameLength) bytes, and this one has \(stream.utf8.count)")
        }
        self.stream = stream
    }

    package var rowCount: Int { rowPositions.count }
    package var isEmpty: Bool { rowPositions.isEmpty && passed.isEmpty }

    /// The furthest position of each partition.
    package var ends: [String: Int64] { remainder(after: [:]).advance.ends }

    /// Adds the place of the next row.
    package mutating func append(position: Int64, partition: String) throws(StoreError) {
        let number: Int32
        if let known = numbers[partition] {
            number = known
        } else {
            guard partition.utf8.count <= Self.maximumNameLength else {
                throw .badRequest(
                    "a partition's name has at most \(Self.maximumNameLength) bytes, and "
                        + "'\(partition.prefix(40))…' has \(partition.utf8.count)")
            }
            number = Int32(partitions.count)
            numbers[partition] = number
            partitions.append(partition)
        }
        rowPartitions.append(number)
        rowPositions.append(position)
    }

    /// Adds a position that holds no row.
    package mutating func pass(position: Int64, partition: String) {
        passed[partition] = max(passed[partition] ?? .min, position)
    }

    /// The rows beyond the positions `taken`, and how far they take the stream. Positions grow, so a row that stands at or
    /// before its predecessor of the same partition was sent twice.
    func remainder(after taken: [String: Int64]) -> (rows: [Int32], advance: StreamAdvance) {
        var advance = StreamAdvance(stream: stream)
        var rows: [Int32] = []
        rows.reserveCapacity(rowPositions.count)
        var reached = partitions.map { taken[$0] }
        var starts = [Int64?](repeating: nil, count: partitions.count)
        var counts = [Int](repeating: 0, count: partitions.count)
        for row in rowPositions.indices {
            let (partition, position) = (Int(rowPartitions[row]), rowPositions[row])
            if let last = reached[partition], position <= last { continue }
            reached[partition] = position
            if counts[partition] == 0 { starts[partition] = position }
            counts[partition] += 1
            rows.append(Int32(row))
        }
        for (number, name) in partitions.enumerated() where counts[number] > 0 {
            advance.starts[name] = starts[number]
            advance.ends[name] = reached[number]
            advance.rowCounts[name] = counts[number]
        }
        for (name, position) in passed where taken[name].map({ $0 < position }) ?? true {
            advance.ends[name] = max(advance.ends[name] ?? .min, position)
        }
        return (rows, advance)
    }

    /// Leaves the first `count` rows, and nothing that lies behind them.
    package mutating func cut(to count: Int) {
        rowPositions.removeLast(rowPositions.count - count)
        rowPartitions.removeLast(rowPartitions.count - count)
        passed = [:]
    }

    /// Takes a row out that is not to be stored; its position is passed.
    package mutating func remove(row: Int) {
        pass(position: rowPositions[row], partition: partitions[Int(rowPartitions[row])])
        rowPositions.remove(at: row)
        rowPartitions.remove(at: row)
    }
}
