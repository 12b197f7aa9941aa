import Columnar
import Foundation

/// One open segment: immutable rows of a view in Parquet, sorted by (key, event time, created, order of arrival).
///
/// The file stays mapped while this object lives, so it can be read even when a compaction has removed it.
/// A row group is called a block here: the unit that is decoded at once.
final class SegmentFile: Sendable {
    let record: SegmentRecord
    let layout: ViewLayout
    let file: ParquetFile
    private let keyColumns: [Int]
    /// Of the blocks' keys; nil if the file does not say them.
    private let keyBounds: KeyBounds?
    private let eventColumn: Int?
    private let createdColumn: Int?
    private let endColumn: Int?
    let encoder: KeyEncoder

    init(_ record: SegmentRecord, layout: ViewLayout, folder: String) throws(DataError) {
        self.record = record
        self.layout = layout
        file = try ParquetFile(path: folder + "/" + record.file)
        keyColumns = layout.keys.compactMap { [file] in file.index(of: $0.name) }
        eventColumn = layout.isTimeless ? nil : file.index(of: ViewLayout.eventColumn)
        createdColumn = layout.hasCreated ? file.index(of: ViewLayout.createdColumn) : nil
        endColumn = layout.hasEnd ? file.index(of: ViewLayout.endColumn) : nil
        encoder = KeyEncoder(layout.keys.map(\.type))
        keyBounds = keyColumns.first.flatMap { [file, encoder] column in
            KeyBounds(file.rowGroups.indices.map { file.bounds(of: column, rowGroup: $0) }, types: encoder.types)
        }
        guard keyColumns.count == layout.keys.count, layout.isTimeless || eventColumn != nil else {
            throw DataError("is no segment of \(layout.view.name): a key or time column is missing", file: file.path)
        }
        guard file.rowGroups.count <= ChosenRow.maximumBlocks,
            file.rowGroups.allSatisfy({ $0.rowCount <= ChosenRow.maximumBlockRows })
        else { throw DataError("has row groups that the store does not write", file: file.path) }
        guard file.rowCount == record.rows else {
            throw DataError("has \(file.rowCount) rows where the catalog lists \(record.rows)", file: file.path)
        }
    }

    /// When the last of its rows became known, from the file's statistics; nil if they do not say.
    var latestCreated: Int64? {
        guard let createdColumn else { return nil }
        let ends = (0..<blockCount).compactMap { file.maximum(of: createdColumn, rowGroup: $0) }
        return ends.count == blockCount ? ends.max() : .max
    }

    var blockCount: Int { file.rowGroups.count }
    func rowCount(of block: Int) -> Int { file.rowGroups[block].rowCount }

    /// The blocks that may hold one of the keys at `range`, which ascend in `keys`.
    func blocks(holding keys: EncodedKeys, _ range: Range<Int>) -> [Int] {
        guard !range.isEmpty else { return [] }
        return keyBounds?.stretches(holding: keys, range).map(\.stretch) ?? Array(0..<blockCount)
    }

    func keyRuns(of block: Int) throws(DataError) -> KeyRuns { try BlockKeys(of: block, in: self, keyColumns).runs() }

    /// The first key of a block. Only its page is read.
    func firstKey(of block: Int) throws(DataError) -> EncodedKeys {
        try BlockKeys(of: block, in: self, keyColumns).first()
    }

    /// The runs of those rows of a block that may have one of the keys at `range`, which ascend in `keys`.
    ///
    /// Only their pages are read.
    func keyRuns(of block: Int, holding keys: EncodedKeys, _ range: Range<Int>) throws(DataError) -> [KeyRuns] {
        try BlockKeys(of: block, in: self, keyColumns).runs(holding: keys, range)
    }

    func keyColumnsPlain(of block: Int) throws(DataError) -> [Column] {
        var columns: [Column] = []
        for index in layout.keyIndices { columns.append(try keyColumn(index, of: block)) }
        return columns
    }

    /// The key column at `index`, row by row.
    func keyColumn(_ index: Int, of block: Int) throws(DataError) -> Column {
        let key = layout.keys[index]
        return try typed(
            try file.readColumn(keyColumns[index], rowGroup: block), as: key.type.dataType, named: key.name)
    }

    /// Event times; nil for a timeless view.
    func events(of block: Int) throws(DataError) -> Column? {
        guard let eventColumn else { return nil }
        return try typed(
            try file.readColumn(eventColumn, rowGroup: block), as: .instant, named: ViewLayout.eventColumn)
    }

    /// When rows became known; nil if the source does not say, or did not when the segment was written.
    func created(of block: Int) throws(DataError) -> Column? {
        guard let createdColumn else { return nil }
        return try typed(
            try file.readColumn(createdColumn, rowGroup: block), as: .instant, named: ViewLayout.createdColumn)
    }

    /// When rows ended, null where they hold; nil if the view's source does not say.
    func ends(of block: Int) throws(DataError) -> Column? {
        guard let endColumn else { return nil }
        return try typed(try file.readColumn(endColumn, rowGroup: block), as: .instant, named: ViewLayout.endColumn)
    }

    /// A feature's values; nil if the segment was written before the view had the feature.
    func values(of feature: Feature, block: Int) throws(DataError) -> Column? {
        guard let column = file.index(of: feature.name) else { return nil }
        return try typed(
            try file.readColumn(column, rowGroup: block), as: feature.type.dataType, named: feature.name)
    }

    /// A feature's values, of which few are wanted; nil if the segment was written before the view had the feature.
    func blockColumn(of feature: Feature, block: Int) throws(DataError) -> BlockColumn? {
        guard let column = file.index(of: feature.name) else { return nil }
        let pages = try file.pages(of: column, rowGroup: block)
        guard file.fields[column].type == feature.type.dataType, pages.count > 1 else {
            return .whole(
                try typed(
                    try pages.read(rows: 0..<rowCount(of: block)), as: feature.type.dataType, named: feature.name))
        }
        return .pages(pages)
    }

    // MARK: - Memory

    /// Lets go of all of a block.
    func release(_ block: Int) {
        for column in file.fields.indices { file.release(column, rowGroups: block..<block + 1) }
    }

    /// Lets go of blocks' times: what was read of the map no longer counts as memory of the process.
    func releaseTimes(of blocks: Range<Int>) {
        for column in [eventColumn, createdColumn, endColumn] {
            if let column { file.release(column, rowGroups: blocks) }
        }
    }

    /// Lets go of blocks' values of a feature.
    func release(_ feature: Feature, blocks: Range<Int>) {
        if let column = file.index(of: feature.name) { file.release(column, rowGroups: blocks) }
    }

    private func typed(_ column: Column, as type: DataType, named name: String) throws(DataError) -> Column {
        if column.type == type { return column }
        guard let converted = column.converted(to: type), converted.unfitRows.isEmpty else {
            throw DataError("has type \(column.type) where the store wrote \(type)", file: file.path, column: name)
        }
        return converted.column
    }
}
