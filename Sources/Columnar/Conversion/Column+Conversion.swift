/// A column in another type, and the rows that could not be carried over.
public struct ConvertedColumn: Sendable {
    public let column: Column
    /// Rows whose value does not fit, ascending; they are null in `column`.
    public let unfitRows: [Int]
}

extension Column {
    /// This column as `target`, value for value.
    ///
    /// | from | to | rule |
    /// |---|---|---|
    /// | any integer | int32, int64 | in range |
    /// | float16/32/64 | int32, int64 | whole and in range; NaN is null (pandas' missing integer) |
    /// | any integer | float32, float64 | exact |
    /// | float64 | float32 | rounded to nearest, as the declared type asks; finite must stay finite |
    /// | float16/32 | float32, float64 | exact |
    /// | decimal | int32, int64 | whole and in range |
    /// | decimal | float32, float64 | rounded to nearest, as the declared type asks |
    /// | bool | int32, int64, float32, float64 | 0 and 1 |
    /// | 0 and 1 | bool | nothing else |
    /// | timestamp of any unit, date | timestamp (µs, UTC) | whole microseconds; no zone counts as UTC |
    /// | string | timestamp | ISO 8601 |
    /// | string | bytes, and back | UTF-8 |
    /// | list of numbers | float32[N] | N elements, none null |
    /// | anything, empty or all null | anything | nulls |
    ///
    /// - Returns: nil where no rule leads from one type to the other.
    public func converted(to target: DataType) -> ConvertedColumn? {
        if type == target { return ConvertedColumn(column: self, unfitRows: []) }
        // A column of nulls only, or of nothing, has whatever type its writer fell back on.
        if count == 0 || (validity != nil && nullCount == count) {
            return ConvertedColumn(column: .nulls(target, count: count), unfitRows: [])
        }
        switch (type, target) {
        case (.timestamp(.microseconds, zone: _), .timestamp(.microseconds, zone: _)):
            return ConvertedColumn(column: reinterpreted(as: target), unfitRows: [])
        case (.timestamp(let unit, zone: _), .instant):
            return convert(Int64.self, to: target) { (ticks: Int64) -> Int64? in ticks.microseconds(from: unit) }
        case (.date32, .instant):
            return convert(Int32.self, to: target) { (days: Int32) -> Int64? in
                // Dates reach 5.8 million years, microseconds 292,000.
                Int64(days).multipliedExactly(by: 86_400_000_000)
            }
        case (.string, .instant):
            return convertRows(to: target) { row, builder in
                guard let time = Timestamp(parsing: bytes(at: row)) else { return false }
                builder.append(fixed: time.microseconds)
                return true
            }
        case (.string, .binary):
            return ConvertedColumn(column: reinterpreted(as: target), unfitRows: [])
        case (.binary, .string):
            return convertRows(to: target) { row, builder in
                let bytes = bytes(at: row)
                guard String(validating: bytes, as: UTF8.self) != nil else { return false }
                builder.append(bytes: bytes)
                return true
            }
        case (_, .bool) where type.isInteger:
            return convertRows(to: target) { row, builder in
                switch value(at: row) {
                case .int(0), .uint(0): builder.append(false)
                case .int(1), .uint(1): builder.append(true)
                default: return false
                }
                return true
            }
        case (.list, .fixedSizeList), (.fixedSizeList, .fixedSizeList), (.fixedSizeList, .list):
            return convertedLists(to: target)
        default:
            return convertedNumbers(to: target)
        }
    }

    private func convertedNumbers(to target: DataType) -> ConvertedColumn? {
        switch type {
        case .int8: convertInteger(Int8.self, to: target)
        case .int16: convertInteger(Int16.self, to: target)
        case .int32: convertInteger(Int32.self, to: target)
        case .int64: convertInteger(Int64.self, to: target)
        case .uint8: convertInteger(UInt8.self, to: target)
        case .uint16: convertInteger(UInt16.self, to: target)
        case .uint32: convertInteger(UInt32.self, to: target)
        case .uint64: convertInteger(UInt64.self, to: target)
        case .float16: convertFloat(UInt16.self, to: target) { Double(Float(halfBits: $0)) }
        case .float32: convertFloat(Float.self, to: target) { Double($0) }
        case .float64: convertFloat(Double.self, to: target) { $0 }
        case .decimal(_, let scale): convertDecimal(scale: scale, to: target)
        case .bool: convertBool(to: target)
        default: nil
        }
    }

    private func convertInteger<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, to target: DataType
    ) -> ConvertedColumn? {
        switch target {
        case .int32: convert(T.self, to: target) { Int32(exactly: $0) }
        case .int64: convert(T.self, to: target) { Int64(exactly: $0) }
        case .float32: convert(T.self, to: target) { Float(exactly: $0) }
        case .float64: convert(T.self, to: target) { Double(exactly: $0) }
        default: nil
        }
    }

    private func convertFloat<T: BitwiseCopyable>(
        _: T.Type, to target: DataType, wide: (T) -> Double
    ) -> ConvertedColumn? {
        switch target {
        case .int32: missingNaN(wide).convert(T.self, to: target) { Int32(exactly: wide($0)) }
        case .int64: missingNaN(wide).convert(T.self, to: target) { Int64(exactly: wide($0)) }
        case .float32:
            convert(T.self, to: target) { (value: T) -> Float? in
                let narrow = Float(wide(value))
                return narrow.isInfinite && !wide(value).isInfinite ? nil : narrow
            }
        case .float64: convert(T.self, to: target) { wide($0) }
        default: nil
        }
    }

    private func convertDecimal(scale: Int, to target: DataType) -> ConvertedColumn? {
        func number(_ unscaled: Int128) -> FixedPoint { FixedPoint(unscaled: unscaled, scale: scale) }
        return switch target {
        case .int32: convert(Int128.self, to: target) { number($0).whole.flatMap { Int32(exactly: $0) } }
        case .int64: convert(Int128.self, to: target) { number($0).whole.flatMap { Int64(exactly: $0) } }
        case .float32: convert(Int128.self, to: target) { Float?(number($0).nearestFloat) }
        case .float64: convert(Int128.self, to: target) { Double?(number($0).nearestDouble) }
        default: nil
        }
    }

    private func convertBool(to target: DataType) -> ConvertedColumn? {
        switch target {
        case .int32, .int64, .float32, .float64: break
        default: return nil
        }
        return convertRows(to: target) { row, builder in
            let number: Int64 = bits[row] ? 1 : 0
            switch target {
            case .int32: builder.append(fixed: Int32(number))
            case .int64: builder.append(fixed: number)
            case .float32: builder.append(fixed: Float(number))
            default: builder.append(fixed: Double(number))
            }
            return true
        }
    }

    /// The same column with its NaNs as nulls.
    private func missingNaN<T: BitwiseCopyable>(_ wide: (T) -> Double) -> Column {
        let source = elements(as: T.self)
        guard (0..<count).contains(where: { wide(source[$0]).isNaN }) else { return self }
        let valid = Bitmap((0..<count).map { !isNull($0) && !wide(source[$0]).isNaN })
        return Column(type, count: count, values: values, validity: valid)
    }

    /// Converts fixed-width values one by one; nil marks a row that does not fit.
    private func convert<From: BitwiseCopyable, To: BitwiseCopyable>(
        _: From.Type, to target: DataType, _ transform: (From) -> To?
    ) -> ConvertedColumn {
        let source = elements(as: From.self)
        let output = MutableBuffer(zeroed: count * MemoryLayout<To>.stride)
        let converted = output.elements(as: To.self)
        var unfit: [Int] = []
        for row in 0..<count {
            if let value = transform(source[row]) {
                converted[row] = value
            } else if !isNull(row) {
                unfit.append(row)
            }
        }
        let column = Column(target, count: count, values: output.freeze(), validity: validity(without: unfit))
        return ConvertedColumn(column: column, unfitRows: unfit)
    }

    /// Converts row by row through a builder; the closure returns false, having appended nothing, for an unfit row.
    private func convertRows(
        to target: DataType, _ append: (Int, inout ColumnBuilder) -> Bool
    ) -> ConvertedColumn {
        var builder = ColumnBuilder(target)
        var unfit: [Int] = []
        for row in 0..<count {
            if isNull(row) {
                builder.appendNull()
            } else if !append(row, &builder) {
                builder.appendNull()
                unfit.append(row)
            }
        }
        return ConvertedColumn(column: builder.finish(), unfitRows: unfit)
    }

    private func convertedLists(to target: DataType) -> ConvertedColumn? {
        let targetElement: DataType
        let size: Int?
        switch target {
        case .fixedSizeList(let element, let count): (targetElement, size) = (element, count)
        case .list(let element): (targetElement, size) = (element, nil)
        default: return nil
        }
        guard let child, let elements = child.converted(to: targetElement) else { return nil }
        let unfitElements = Set(elements.unfitRows)
        var indices: [Int32] = []
        let ends = MutableBuffer(capacity: (count + 1) * 8)
        ends.append(Int64(0))
        var unfit: [Int] = []
        for row in 0..<count {
            let range = elementRange(at: row)
            let fits =
                isNull(row)
                || (size.map { $0 == range.count } ?? true)
                    && range.allSatisfy { !unfitElements.contains($0) && (size == nil || !child.isNull($0)) }
            if !fits { unfit.append(row) }
            if fits && !isNull(row) {
                for element in range { indices.append(Int32(element)) }
            } else if let size {
                for _ in 0..<size { indices.append(-1) }
            }
            ends.append(Int64(indices.count))
        }
        let taken = indices.withUnsafeBufferPointer { elements.column.taking($0) }
        let valid = validity(without: unfit)
        let column =
            size.map { Column(vectorsOf: taken.withoutValidity(), size: $0, count: count, validity: valid) }
            ?? Column(listOf: taken, count: count, offsets: ends.freeze(), validity: valid)
        return ConvertedColumn(column: column, unfitRows: unfit)
    }

    /// The elements of a list row, as a range within `child`.
    public func elementRange(at row: Int) -> Range<Int> {
        if case .fixedSizeList(_, let size) = type { return row * size..<(row + 1) * size }
        return Int(offsetElements[row])..<Int(offsetElements[row + 1])
    }

    private func validity(without unfit: [Int]) -> Bitmap? {
        guard !unfit.isEmpty else { return validity }
        var bits = (0..<count).map { !isNull($0) }
        for row in unfit { bits[row] = false }
        return Bitmap(bits)
    }

    /// The same values with every row valid (what lay behind a null is unspecified).
    private func withoutValidity() -> Column {
        type.byteWidth == nil ? self : Column(type, count: count, values: values)
    }
}

extension DataType {
    /// Whether every value of this type can be carried over to `target` by the rules of `Column.converted(to:)`.
    public func alwaysConverts(to target: DataType) -> Bool {
        if self == target { return true }
        switch (self, target) {
        case (.int8, .int32), (.int16, .int32), (.uint8, .int32), (.uint16, .int32): return true
        case (_, .int64): return isInteger && self != .uint64
        case (.float16, .float32), (.float16, .float64), (.float32, .float64): return true
        case (.timestamp(.microseconds, zone: _), .timestamp(.microseconds, zone: _)): return true
        case (.string, .binary): return true
        default: return false
        }
    }

    public var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }
}

extension Int64 {
    /// These ticks as microseconds; nil if they overflow or are no whole number of microseconds.
    fileprivate func microseconds(from unit: TimeUnit) -> Int64? {
        switch unit {
        case .seconds: multipliedExactly(by: 1_000_000)
        case .milliseconds: multipliedExactly(by: 1000)
        case .microseconds: self
        case .nanoseconds: self % 1000 == 0 ? self / 1000 : nil
        }
    }

    fileprivate func multipliedExactly(by factor: Int64) -> Int64? {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
