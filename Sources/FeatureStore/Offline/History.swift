import Columnar

/// Opens a view's history: segments, and between and after them what lies in the hot log.
struct History {
    let layout: ViewLayout
    /// The folder of the view's segments.
    let folder: String

    /// The parts of a listed history, in order of arrival.
    ///
    /// A compaction may remove files between the moment `list` reads the catalog and the moment they are opened; then
    /// the list is read again. Open files stay readable, removed or not. So each row is seen once, whoever writes.
    func open(list: () throws -> HistoryListing) throws -> [HistoryPart] {
        try opening(list) { listing throws(DataError) in try parts(of: listing) }
    }

    /// The segments of a listed history, in order of arrival.
    func files(list: () throws -> HistoryListing) throws -> HistoryFiles {
        try opening(list) { listing throws(DataError) in
            HistoryFiles(
                segments: try listing.segments.map { segment throws(DataError) in
                    HistoryFiles.Segment(
                        file: try SegmentFile(segment.record, layout: layout, folder: folder), bound: segment.bound)
                },
                rowsInHotLog: listing.batches.reduce(0) { $0 + $1.rows })
        }
    }

    private func opening<Opened>(
        _ list: () throws -> HistoryListing, _ open: (HistoryListing) throws(DataError) -> Opened
    ) throws -> Opened {
        var listing = try list()
        while true {
            do {
                return try open(listing)
            } catch {
                let again = try list()
                if again == listing { throw error }
                listing = again
            }
        }
    }

    private func parts(of listing: HistoryListing) throws(DataError) -> [HistoryPart] {
        var parts: [HistoryPart] = []
        var next = 0
        func addBatches(before sequence: Int64) throws(DataError) {
            let start = next
            while next < listing.batches.count, listing.batches[next].sequence < sequence { next += 1 }
            if start < next { parts.append(.rows(try rows(of: listing, start..<next))) }
        }
        for segment in listing.segments {
            try addBatches(before: segment.record.sequences.lowerBound)
            let file = try SegmentFile(segment.record, layout: layout, folder: folder)
            if let bound = segment.bound {
                parts.append(.rows(try file.pushedRows(within: bound)))
            } else {
                parts.append(.segment(file))
            }
        }
        try addBatches(before: .max)
        return parts
    }

    /// Batches that no segment divides, as one part.
    private func rows(of listing: HistoryListing, _ range: Range<Int>) throws(DataError) -> SortedRows {
        var tables: [Table] = []
        for i in range {
            tables.append(
                try PushedRows.table(of: listing.batches[i], payload: listing.payloads[i], layout: layout))
        }
        let sequences = listing.batches[range.lowerBound].sequence...listing.batches[range.upperBound - 1].sequence
        return SortedRows(
            sorting: .concatenating(tables, fields: layout.fields), sequences: sequences, layout: layout)
    }
}

extension SegmentFile {
    /// The rows of a segment of pushed rows that `bound` includes.
    func pushedRows(within bound: HistoryMark.Bound) throws(DataError) -> SortedRows {
        var tables: [Table] = []
        for block in 0..<blockCount {
            let sequences = try pushedColumn(PushedRows.sequenceColumn, .int64, block: block)
            let times = try pushedColumn(PushedRows.timeColumn, .instant, block: block)
            let (rowSequences, rowTimes) = (sequences.elements(as: Int64.self), times.elements(as: Int64.self))
            let kept = withExtendedLifetime((sequences, times)) {
                (0..<Int32(rowCount(of: block))).filter {
                    bound.includes(sequence: rowSequences[Int($0)], pushedAt: rowTimes[Int($0)])
                }
            }
            tables.append(try table(of: block).taking(kept[...]))
        }
        // The rows are sorted, so that equal ones stand in order of arrival, and sorting again keeps that.
        return SortedRows(
            sorting: .concatenating(tables, fields: layout.fields), sequences: record.sequences, layout: layout)
    }

    /// All columns of a block of pushed rows, with those that say by which push they came.
    func pushedTable(of block: Int) throws(DataError) -> Table {
        let rows = try table(of: block)
        let columns = [
            try pushedColumn(PushedRows.sequenceColumn, .int64, block: block),
            try pushedColumn(PushedRows.timeColumn, .instant, block: block),
        ]
        return Table(fields: PushedRows.fields(layout), columns: rows.columns + columns, rowCount: rows.rowCount)
    }

    /// By which pushes the rows of a block of pushed rows came.
    func pushedSequences(of block: Int) throws(DataError) -> Column {
        try pushedColumn(PushedRows.sequenceColumn, .int64, block: block)
    }

    private func pushedColumn(_ name: String, _ type: DataType, block: Int) throws(DataError) -> Column {
        guard let index = file.index(of: name) else {
            throw DataError("does not say which push its rows came by", file: file.path, column: name)
        }
        let column = try file.readColumn(index, rowGroup: block)
        guard column.type == type else {
            throw DataError("has type \(column.type) where the store wrote \(type)", file: file.path, column: name)
        }
        return column
    }
}
