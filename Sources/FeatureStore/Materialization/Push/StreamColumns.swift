import Columnar

/// Which columns of pushed rows tell where each stands in a stream that its sender can replay.
///
/// Positions are whole numbers that grow within a partition, such as the offsets of a topic's messages; gaps are well. Rows
/// up to a position that was stored, with the rows themselves, are not taken again: the stream is taken exactly once,
/// however often its sender begins anew.
///
/// ```swift
/// try store.push("trips", table: rows, stream: StreamColumns("kafka-trips", position: "offset", partition: "partition"))
/// ```
public struct StreamColumns: Hashable, Sendable {
    /// What the sender calls the stream; a view keeps positions of any number of them.
    public var stream: String
    /// The column of positions, of whole numbers.
    public var position: String
    /// The column of partitions, each with positions of its own; nil for a stream that is one order.
    public var partition: String?

    public init(_ stream: String, position: String, partition: String? = nil) {
        self.stream = stream
        self.position = position
        self.partition = partition
    }

    /// The place of each row of `table`.
    ///
    /// - Throws: `DataError` for a missing column, and for a row without a position; `StoreError.badRequest` for a name that
    ///   is empty or too long.
    package func places(in table: Table, origin: String) throws -> StreamPlaces {
        var places = try StreamPlaces(stream: stream)
        let positions = try column(position, of: table, origin: origin)
        let partitions = try partition.map { try column($0, of: table, origin: origin) }
        for row in 0..<table.rowCount {
            let place: Int64? =
                switch positions.value(at: row) {
                case .int(let number): number
                case .uint(let number): Int64(exactly: number)
                case .string(let text): Int64(text)
                default: nil
                }
            guard let place else {
                throw DataError(
                    "\(positions.value(at: row)) is no position; a position is a whole number within 64 bits",
                    file: origin, row: row + 1, column: position)
            }
            var name = ""
            if let partitions {
                let value = partitions.value(at: row)
                guard value != .null else {
                    throw DataError("the partition is null", file: origin, row: row + 1, column: partition)
                }
                name = value.description
            }
            try places.append(position: place, partition: name)
        }
        return places
    }

    private func column(_ name: String, of table: Table, origin: String) throws -> Column {
        if let column = table.column(name) { return column }
        let nearest = Spelling.nearest(to: name, in: table.fields.map(\.name))
        throw DataError(
            "there is no column '\(name)' for the stream's positions"
                + (nearest.map { " (did you mean '\($0)'?)" } ?? ""), file: origin)
    }
}
