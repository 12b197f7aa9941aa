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
    var blockRows = Self.blockRows
    /// Rows of a page of those columns that are not one page a block.
    var pageRows = ParquetWriterOptions().pageRows
    /// Bytes of a block's widest column, from which on blocks have fewer rows.
    private static let blockBytes = 64 << 20

    /// Writes rows that have the layout's fields and stand in order of arrival.
    func write(_ rows: Table, sequences: ClosedRange<Int64>) throws -> SegmentRecord {
        try write(sorted(rows), sequences: sequences)
    }

    /// Writes pushed rows, which have `PushedRows.fields` and stand in order of arrival.
    ///
    /// - Parameter since: the newest snapshot when the first of them was pushed.
    func writePushed(_ rows: Table, sequences: ClosedRange<Int64>, since: Int64) throws -> SegmentRecord {
        var record = try write(sorted(rows), sequences: sequences, kind: SegmentFolder.pushedKind)
        record.pushedSince = since
        return record
    }

    private func sorted(_ rows: Table) throws(DataError) -> SortedBatch {
        var batch = SortBatch()
        batch.append(SourcePiece(rows))
        return try SortedBatch(batch, layout: layout, fields: rows.fields)
    }

    /// Writes sorted rows, column by column.
    ///
    /// - Parameter progress: called after each column, with the part that is done.
    func write(
        _ rows: SortedBatch, sequences: ClosedRange<Int64>, kind: String = "", progress: (Double) -> Void = { _ in }
    ) throws -> SegmentRecord {
        let file = try SegmentOutputFile(folder: folder, firstSequence: sequences.lowerBound, kind: kind)
        let writer = try ParquetWriter(path: file.temporaryPath, fields: rows.fields, options: options)
        let statistics = StatisticsCollector(of: layout.features)
        if rows.rowCount > 0 {
            let step = rowsOfBlock
            try writer.beginRowGroups(
                stride(from: 0, to: rows.rowCount, by: step).map { min(step, rows.rowCount - $0) })
            for index in rows.fields.indices {
                try Cancellation.check()
                let column = try rows.column(index)
                let feature = layout.featureIndices.contains(index) ? index - layout.featureIndices.lowerBound : nil
                try writer.writeColumn { _, range in
                    let rows = column.rows(range)
                    // While they are in this core's cache.
                    if let feature { statistics.add(rows, feature: feature, firstRow: range.lowerBound) }
                    return rows
                }
                progress(Double(index + 1) / Double(rows.fields.count))
            }
        }
        let summary = try writer.close()
        try file.keep()
        return SegmentRecord(
            id: 0, view: layout.view.name, file: file.name, rows: rows.rowCount, bytes: summary.bytes,
            timeRange: rows.timeRange, sequences: sequences, checksum: summary.checksum.description,
            summaries: statistics.finish())
    }

    /// Rows of a block of this view.
    var rowsOfBlock: Int { min(blockRows, max(1, Self.blockBytes / layout.widestValue)) }

    /// Encodings that cost a reader nothing: keys as runs, everything else plain and uncompressed, read from the map.
    var options: ParquetWriterOptions {
        var options = ParquetWriterOptions()
        options.pageRows = pageRows
        options.compression = .none
        options.isReadInPlace = true
        options.isDurable = true
        options.sortingColumns = layout.requiredIndices.map { layout.fields[$0].name }
        for field in layout.fields { options.encodings[field.name] = field.type.isVariableWidth ? .automatic : .plain }
        for key in layout.keys { options.encodings[key.name] = .dictionary }
        return options
    }
}

extension ViewLayout {
    /// Bytes of the widest value, texts aside.
    fileprivate var widestValue: Int {
        fields.reduce(8) { widest, field in
            if case .fixedSizeList(let element, let size) = field.type {
                return max(widest, size * (element.byteWidth ?? 1))
            }
            return widest
        }
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
