import Columnar
import Foundation

/// Rows of a queue's bytes as columns, layout by layout: what one commit of the log adds.
struct LogBatch {
    let layout: LogLayout
    let definitions: Int64
    let table: Table

    /// The rows of a queue's portion, in order; a run of rows of one layout is a batch.
    ///
    /// - Parameter layouts: by their numbers in the queue.
    static func batches(
        of bytes: UnsafeRawBufferPointer, layouts: [(layout: LogLayout, definitions: Int64)]
    ) -> [LogBatch] {
        var batches: [LogBatch] = []
        var position = 0
        var builder: LogBatchBuilder?
        var number = UInt32.max
        while position < bytes.count {
            let length = Int(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            let own = bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self)
            if own != number || builder?.isFull ?? true {
                if let batch = builder?.finish() { batches.append(batch) }
                number = own
                let (layout, definitions) = layouts[Int(own)]
                builder = LogBatchBuilder(layout, definitions)
            }
            let record = UnsafeRawBufferPointer(rebasing: bytes[(position + 8)..<(position + 4 + length)])
            builder?.append(record)
            position += 4 + length
        }
        if let batch = builder?.finish() { batches.append(batch) }
        return batches
    }
}

/// Columns that records are taken apart into.
private struct LogBatchBuilder {
    private let layout: LogLayout
    private let definitions: Int64
    private var columns: [ColumnBuilder]
    private var rows = 0
    private static let maximumRows = 16_384

    init(_ layout: LogLayout, _ definitions: Int64) {
        self.layout = layout
        self.definitions = definitions
        columns = layout.fields.map { ColumnBuilder($0.type) }
    }

    var isFull: Bool { rows >= Self.maximumRows }

    mutating func append(_ record: UnsafeRawBufferPointer) {
        var reader = RecordReader(record)
        let time: Int64 = reader.word()
        let logged: Int64 = reader.word()
        let encoder: Int64 = reader.word()
        let idLength: UInt16 = reader.word()
        columns[0].append(bytes: reader.bytes(Int(idLength)))
        columns[1].append(fixed: time)
        columns[2].append(fixed: logged)
        columns[3].append(fixed: definitions)
        columns[4].append(fixed: encoder)
        for (place, key) in layout.joinKeys.enumerated() {
            let isThere: UInt8 = reader.word()
            append(&reader, isThere == 1 ? key.type : nil, to: LogLayout.keysFrom + place)
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: layout.featureTypes.count) { statuses in
            for (place, type) in layout.featureTypes.enumerated() {
                let letter: UInt8 = reader.word()
                statuses.initializeElement(at: place, to: letter)
                append(&reader, letter == FeatureStatus.present.letter ? type : nil, to: layout.featuresFrom + place)
            }
            columns[layout.statusesAt].append(bytes: UnsafeRawBufferPointer(statuses))
        }
        for place in layout.viewNames.indices {
            let time: Int64 = reader.word()
            let column = layout.eventTimesFrom + place
            if time == .min { columns[column].appendNull() } else { columns[column].append(fixed: time) }
        }
        rows += 1
    }

    /// Appends the next value, or a null where there is none.
    @inline(__always)
    private mutating func append(_ reader: inout RecordReader, _ type: FeatureType?, to column: Int) {
        switch type {
        case nil: columns[column].appendNull()
        case .bool: columns[column].append(reader.word() as UInt8 != 0)
        case .int32: columns[column].append(fixed: Int32(truncatingIfNeeded: reader.word() as Int64))
        case .int64, .timestamp: columns[column].append(fixed: reader.word() as Int64)
        case .float32: columns[column].append(fixed: reader.word() as Float)
        case .float64: columns[column].append(fixed: reader.word() as Double)
        case .string, .bytes: columns[column].append(bytes: reader.bytes(Int(reader.word() as UInt32)))
        case .vector(let count):
            let bytes = reader.bytes(4 * count)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { elements in
                UnsafeMutableRawBufferPointer(elements).copyMemory(from: bytes)
                columns[column].append(vector: UnsafeBufferPointer(elements))
            }
        }
    }

    mutating func finish() -> LogBatch? {
        guard rows > 0 else { return nil }
        var finished: [Column] = []
        for place in columns.indices { finished.append(columns[place].finish()) }
        return LogBatch(
            layout: layout, definitions: definitions,
            table: Table(fields: layout.fields, columns: finished, rowCount: rows))
    }
}

/// Reads what a recorder of this process has written.
private struct RecordReader {
    private let record: UnsafeRawBufferPointer
    private var position = 0

    init(_ record: UnsafeRawBufferPointer) { self.record = record }

    mutating func word<Word: BitwiseCopyable>() -> Word {
        defer { position += MemoryLayout<Word>.size }
        return record.loadUnaligned(fromByteOffset: position, as: Word.self)
    }

    mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer {
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: record[position..<position + count])
    }
}
