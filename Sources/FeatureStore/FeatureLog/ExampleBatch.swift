import Columnar

/// Labelled examples in order, for one consumer.
public struct ExampleBatch: Sendable {
    /// The number of the first example; the others follow it without a gap.
    public let first: Int64
    /// A row an example: the columns of its logged row, then the label under its own name, `weight`, `kind` (`label`,
    /// `correction` or `missing`) and `row`, the read's number in the log.
    public let table: Table
    /// The label that the service declares.
    public let label: ServiceLabel
    /// The service's fitted encoders; nil where it has none.
    let encoding: ExampleEncoding?

    /// The number of the last example: the position to commit.
    public var position: Int64 { first + Int64(table.rowCount) - 1 }

    /// Where the features are among the table's columns.
    var featureIndices: Range<Int> {
        let from = (table.index(of: "statuses") ?? 0) + 1
        let width = table.column("statuses").map { $0.count > 0 ? $0.bytes(at: 0).count : 0 } ?? 0
        return from..<from + width
    }

    /// The names of the floats that `writeVectors` gives, in order: the encoders' slots; else features that are numbers,
    /// `name[i]` for a vector's.
    public var vectorNames: [String] {
        if let encoding { return encoding.state.slots }
        return featureIndices.flatMap { place -> [String] in
            let field = table.fields[place]
            guard let count = FeatureType(field.type)?.floatCount else { return [] }
            if case .fixedSizeList = field.type { return (0..<count).map { "\(field.name)[\($0)]" } }
            return [field.name]
        }
    }

    /// Floats of an example.
    public var vectorWidth: Int {
        if let encoding { return encoding.width }
        return featureIndices.reduce(0) { $0 + (FeatureType(table.fields[$1].type)?.floatCount ?? 0) }
    }

    /// Writes the numbers of each example as float32: encoded, if the service has fitted encoders; else the features that
    /// are numbers, booleans 0 or 1, NaN for nulls.
    ///
    /// - Parameter target: room for `table.rowCount` × `vectorWidth` floats, row by row.
    public func writeVectors(into target: UnsafeMutableBufferPointer<Float>) {
        let width = vectorWidth
        precondition(target.count == table.rowCount * width)
        if let encoding { return encoding.encode(table, into: target) }
        guard let start = target.baseAddress else { return }
        var place = 0
        for index in featureIndices {
            guard let count = FeatureType(table.fields[index].type)?.floatCount else { continue }
            table.columns[index].writeFloats(to: start + place, stride: width)
            place += count
        }
    }

    /// Copies each example's label in its own type, booleans a byte each; of texts nothing.
    ///
    /// - Parameter target: room for a label an example.
    public func copyLabels(to target: UnsafeMutableRawPointer) {
        guard let column = table.column(label.name) else { return }
        if case .bool = column.type {
            let bits = column.bits
            for row in 0..<column.count { target.storeBytes(of: bits[row] ? 1 : 0, toByteOffset: row, as: UInt8.self) }
        } else if let width = column.type.byteWidth {
            target.copyMemory(from: column.values.base, byteCount: column.count * width)
        }
    }
}

extension Column {
    /// Writes each row's number, or vector of them, `stride` floats apart.
    fileprivate func writeFloats(to target: UnsafeMutablePointer<Float>, stride: Int) {
        guard case .fixedSizeList(_, let size) = type, let child else {
            return writeNumbers(of: Float.self, to: target, stride: stride)
        }
        let elements = child.elements(as: Float.self)
        for row in 0..<count {
            let isValid = !isNull(row)
            for i in 0..<size { target[row * stride + i] = isValid ? elements[row * size + i] : .nan }
        }
    }

    fileprivate func writeNumbers<Number: BinaryFloatingPoint>(
        of: Number.Type, to target: UnsafeMutablePointer<Number>, stride: Int
    ) {
        switch type {
        case .bool:
            let bits = bits
            for row in 0..<count { target[row * stride] = bits[row] ? 1 : 0 }
        case .int32: write(Int32.self, to: target, stride) { Number($0) }
        case .int64: write(Int64.self, to: target, stride) { Number($0) }
        case .float32: write(Float.self, to: target, stride) { Number($0) }
        case .float64: write(Double.self, to: target, stride) { Number($0) }
        default: for row in 0..<count { target[row * stride] = .nan }
        }
        guard let validity else { return }
        for row in 0..<count where !validity[row] { target[row * stride] = .nan }
    }

    @inline(__always)
    private func write<Element, Number>(
        _ type: Element.Type, to target: UnsafeMutablePointer<Number>, _ stride: Int, _ convert: (Element) -> Number
    ) {
        let elements = elements(as: Element.self)
        for row in 0..<count { target[row * stride] = convert(elements[row]) }
    }
}
