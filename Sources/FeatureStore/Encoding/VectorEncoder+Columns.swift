import Columnar

extension VectorEncoder {
    /// How the numbers of many rows lie.
    enum Layout {
        /// Row after row, each a vector.
        case rows
        /// Slot after slot, each a column.
        case slots
    }

    /// Encodes rows of columns, one a feature in the encoder's order and of its types.
    ///
    /// - Returns: `rows × width` float32.
    func encode(_ columns: [Column], rows: Int, layout: Layout) -> Buffer {
        precondition(columns.count == featureCount && columns.allSatisfy { $0.count == rows })
        let target = MutableBuffer(zeroed: max(1, rows * width * 4))
        let base = target.elements(as: Float.self).baseAddress
        let places = FloatPlaces(base: base, width: width, rows: rows, layout: layout)
        // Rows in blocks, so that what a block writes stays in the cache while feature after feature passes over it.
        let blocks = Array(stride(from: 0, to: rows, by: Self.blockRows))
        _ = Parallel.map(blocks) { start in
            for (feature, column) in columns.enumerated() {
                self.encode(column, feature, start..<min(start + Self.blockRows, rows), places)
            }
            return true
        }
        return target.freeze()
    }

    private static let blockRows = 8192

    /// Where each row's slots are. Invariant: `base` has room for all of them, and rows are written by one thread each.
    private struct FloatPlaces: @unchecked Sendable {
        let base: UnsafeMutablePointer<Float>?
        let width: Int
        let rows: Int
        let layout: Layout

        @inline(__always)
        func sink(of row: Int) -> DenseSink? {
            guard let base else { return nil }
            return layout == .rows
                ? DenseSink(target: base + row * width) : DenseSink(target: base + row, stride: rows)
        }
    }

    private func encode(_ column: Column, _ feature: Int, _ rows: Range<Int>, _ places: FloatPlaces) {
        switch type(of: feature) {
        case .bool:
            let bits = column.bits
            fill(column, feature, rows, places) { .integer(bits[$0] ? 1 : 0) }
        case .int32:
            let numbers = column.elements(as: Int32.self)
            fill(column, feature, rows, places) { .integer(Int64(numbers[$0])) }
        case .int64:
            let numbers = column.elements(as: Int64.self)
            fill(column, feature, rows, places) { .integer(numbers[$0]) }
        case .float32:
            let numbers = column.elements(as: Float.self)
            fill(column, feature, rows, places) { .number(Double(numbers[$0])) }
        case .float64:
            let numbers = column.elements(as: Double.self)
            fill(column, feature, rows, places) { .number(numbers[$0]) }
        case .timestamp:
            let times = column.elements(as: Int64.self)
            fill(column, feature, rows, places) { .time(times[$0]) }
        case .string, .bytes:
            let (offsets, bytes) = (column.offsetElements, column.values.bytes)
            fill(column, feature, rows, places) { row in
                .text(UnsafeRawBufferPointer(rebasing: bytes[Int(offsets[row])..<Int(offsets[row + 1])]))
            }
        case .vector(let count):
            guard let elements = column.child else { return }
            let bytes = elements.values.bytes
            fill(column, feature, rows, places) { row in
                .vector(UnsafeRawBufferPointer(rebasing: bytes[row * count * 4..<(row + 1) * count * 4]))
            }
        }
    }

    @inline(__always)
    private func fill(
        _ column: Column, _ feature: Int, _ rows: Range<Int>, _ places: FloatPlaces, _ value: (Int) -> EncoderInput
    ) {
        for row in rows {
            guard var sink = places.sink(of: row) else { return }
            encode(column.isNull(row) ? .missing : value(row), feature: feature, into: &sink)
        }
    }

    /// One row of columns as the places and values of what is not 0.
    func encodeSparse(_ columns: [Column], row: Int) -> (indices: [Int32], values: [Float]) {
        var sink = SparseSink()
        for (feature, column) in columns.enumerated() {
            encode(Self.input(column, row, type(of: feature)), feature: feature, into: &sink)
        }
        return (sink.indices, sink.values)
    }

    /// A column's value as the kernel takes it; valid while the column lives.
    private static func input(_ column: Column, _ row: Int, _ type: FeatureType) -> EncoderInput {
        if column.isNull(row) { return .missing }
        switch type {
        case .bool: return .integer(column.bits[row] ? 1 : 0)
        case .int32: return .integer(Int64(column.elements(as: Int32.self)[row]))
        case .int64: return .integer(column.elements(as: Int64.self)[row])
        case .float32: return .number(Double(column.elements(as: Float.self)[row]))
        case .float64: return .number(column.elements(as: Double.self)[row])
        case .timestamp: return .time(column.elements(as: Int64.self)[row])
        case .string, .bytes: return .text(column.bytes(at: row))
        case .vector(let count):
            guard let bytes = column.child?.values.bytes else { return .missing }
            return .vector(UnsafeRawBufferPointer(rebasing: bytes[row * count * 4..<(row + 1) * count * 4]))
        }
    }
}
