import Columnar
import Foundation

/// Sorts rows by (key, event time, created, order of arrival) and writes them as a segment.
///
/// The file gets its final name only when it is whole and on disk; until a catalog commit lists it, nobody reads it.
struct SegmentWriter {
    let layout: ViewLayout
    /// The view's folder.
    let folder: String

    /// Rows of a block. A block is what a reader decodes at once, so it should stay within a core's cache for the
    /// columns in use: 128 Ki rows of 8 bytes are 1 MiB.
    static let blockRows = 131_072

    /// Writes `rows`, which have the layout's fields and stand in order of arrival.
    func write(_ rows: Table, sequences: ClosedRange<Int64>) throws -> SegmentRecord {
        let order = RowOrder(sorting: rows, layout: layout)
        try Cancellation.check()
        return try write(rows, inOrder: order, sequences: sequences)
    }

    /// Writes pushed rows, which have `PushedRows.fields` and stand in order of arrival.
    ///
    /// - Parameter since: the newest snapshot when the first of them was pushed.
    func writePushed(_ rows: Table, sequences: ClosedRange<Int64>, since: Int64) throws -> SegmentRecord {
        let order = RowOrder(sorting: rows, layout: layout)
        var record = try write(rows, inOrder: order, sequences: sequences, kind: SegmentFolder.pushedKind)
        record.pushedSince = since
        return record
    }

    private func write(
        _ rows: Table, inOrder order: RowOrder, sequences: ClosedRange<Int64>, kind: String = ""
    ) throws -> SegmentRecord {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let id = UUID().uuidString.prefix(8).lowercased()
        let file = String(format: "%010lld-%@%@.parquet", sequences.lowerBound, id, kind)
        let temporary = "\(folder)/.\(file).partial"
        let writer = try ParquetWriter(path: temporary, fields: rows.fields, options: Self.options(layout))
        for start in stride(from: 0, to: rows.rowCount, by: Self.blockRows) {
            let range = start..<min(start + Self.blockRows, rows.rowCount)
            try writer.write(order.isUnchanged ? rows.slice(range) : rows.taking(order.rows[range]))
        }
        let summary = try writer.close()
        guard rename(temporary, "\(folder)/\(file)") == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw DataError("cannot be renamed (\(reason))", file: temporary)
        }
        try Durability.syncFolder(folder)
        return SegmentRecord(
            id: 0, view: layout.view.name, file: file, rows: rows.rowCount, bytes: summary.bytes,
            timeRange: layout.eventIndex.flatMap { Self.timeRange(of: rows.columns[$0]) }, sequences: sequences)
    }

    /// Encodings that cost a reader nothing: keys as runs, everything else plain and uncompressed, read from the map.
    private static func options(_ layout: ViewLayout) -> ParquetWriterOptions {
        var options = ParquetWriterOptions()
        options.compression = .none
        options.rowGroupRows = blockRows
        options.isReadInPlace = true
        options.isDurable = true
        options.sortingColumns = layout.requiredIndices.map { layout.fields[$0].name }
        for field in layout.fields { options.encodings[field.name] = field.type.isVariableWidth ? .automatic : .plain }
        for key in layout.keys { options.encodings[key.name] = .dictionary }
        return options
    }

    private static func timeRange(of column: Column) -> ClosedRange<Timestamp>? {
        let times = column.elements(as: Int64.self).prefix(column.count)
        guard var least = times.first else { return nil }
        var greatest = least
        for time in times {
            least = min(least, time)
            greatest = max(greatest, time)
        }
        return Timestamp(microseconds: least)...Timestamp(microseconds: greatest)
    }
}

extension Table {
    /// The rows at `indices`, each column on a core of its own.
    func taking(_ indices: ArraySlice<Int32>) -> Table {
        let taken = Parallel.map(columns) { column in
            indices.withUnsafeBufferPointer { column.taking($0) }
        }
        return Table(fields: fields, columns: taken, rowCount: indices.count)
    }
}
