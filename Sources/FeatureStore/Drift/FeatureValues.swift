import Columnar

/// A feature's values on one side of a comparison.
struct FeatureValues {
    enum Kind: Hashable {
        /// Numbers, times (in seconds since 1970), and vectors by their lengths.
        case numbers
        /// Texts, bytes, truth values.
        case categories
    }

    let kind: Kind
    private let type: FeatureType
    /// All rows, those without a value among them.
    private(set) var rows = 0
    /// Rows whose value is null or NaN.
    private(set) var missing = 0
    /// Ascending, once `sort` was called.
    private(set) var numbers: [Double] = []
    private(set) var categories: [String: Int] = [:]

    init(of type: FeatureType) {
        self.type = type
        switch type {
        case .bool, .string, .bytes: kind = .categories
        default: kind = .numbers
        }
    }

    var present: Int { rows - missing }
    var missingShare: Double { rows == 0 ? 0 : Double(missing) / Double(rows) }

    /// Takes in the values of a column of the feature's kind.
    ///
    /// - Returns: false if it is of another kind. Complexity: O(rows).
    mutating func add(_ column: Column) -> Bool {
        switch kind {
        case .numbers: return addNumbers(column)
        case .categories: return addCategories(column)
        }
    }

    mutating func sort() { numbers.sort() }

    private mutating func addNumbers(_ column: Column) -> Bool {
        if case .vector = type {
            // A Parquet file has vectors as lists.
            let vectors = column.type == type.dataType ? column : column.converted(to: type.dataType)?.column
            guard let vectors else { return false }
            return addNorms(vectors)
        }
        var column = column
        var scale = 1.0
        if case .timestamp = column.type {
            guard let converted = column.converted(to: .instant)?.column else { return false }
            (column, scale) = (converted.reinterpreted(as: .int64), 1e-6)
        }
        switch column.type {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .float32, .float64, .decimal:
            break
        default: return false
        }
        guard let doubles = column.type == .float64 ? column : column.roundedToDoubles() else { return false }
        rows += doubles.count
        numbers.reserveCapacity(numbers.count + doubles.count)
        let values = doubles.elements(as: Double.self)
        withExtendedLifetime(doubles) {
            for row in 0..<doubles.count {
                if doubles.isNull(row) || values[row].isNaN {
                    missing += 1
                } else {
                    numbers.append(values[row] * scale)
                }
            }
        }
        return true
    }

    private mutating func addNorms(_ column: Column) -> Bool {
        guard case .fixedSizeList(.float32, let size) = column.type, let child = column.child else { return false }
        rows += column.count
        let values = child.elements(as: Float.self)
        withExtendedLifetime(child) {
            for row in 0..<column.count {
                var sum = 0.0
                for place in row * size..<(row + 1) * size { sum += Double(values[place]) * Double(values[place]) }
                if column.isNull(row) || sum.isNaN { missing += 1 } else { numbers.append(sum.squareRoot()) }
            }
        }
        return true
    }

    private mutating func addCategories(_ column: Column) -> Bool {
        rows += column.count
        switch column.type {
        case .bool:
            let bits = column.bits
            for row in 0..<column.count {
                if column.isNull(row) {
                    missing += 1
                } else {
                    categories[bits[row] ? "true" : "false", default: 0] += 1
                }
            }
        case .string, .binary:
            withExtendedLifetime(column) {
                for row in 0..<column.count {
                    if column.isNull(row) {
                        missing += 1
                    } else {
                        categories[String(decoding: column.bytes(at: row), as: UTF8.self), default: 0] += 1
                    }
                }
            }
        default:
            rows -= column.count
            return false
        }
        return true
    }
}

extension Column {
    /// The nearest float64 of each number.
    fileprivate func roundedToDoubles() -> Column? {
        let values = MutableBuffer(uninitialized: count * 8)
        let doubles = values.elements(as: Double.self)
        func fill<Number: BinaryInteger>(_: Number.Type) {
            let numbers = elements(as: Number.self)
            for row in 0..<count { doubles[row] = Double(numbers[row]) }
        }
        switch type {
        case .int8: fill(Int8.self)
        case .int16: fill(Int16.self)
        case .int32: fill(Int32.self)
        case .int64: fill(Int64.self)
        case .uint8: fill(UInt8.self)
        case .uint16: fill(UInt16.self)
        case .uint32: fill(UInt32.self)
        case .uint64: fill(UInt64.self)
        case .float32:
            let numbers = elements(as: Float.self)
            for row in 0..<count { doubles[row] = Double(numbers[row]) }
        default: return converted(to: .float64)?.column
        }
        return Column(.float64, count: count, values: values.freeze(), validity: validity)
    }
}
