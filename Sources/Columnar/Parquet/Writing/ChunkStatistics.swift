import Foundation

/// Bounds of a chunk's values, and of each of its pages.
struct ChunkStatistics: Sendable {
    /// Nil if there are no values, or if the format gives them no bounds.
    private(set) var whole: ValueRange?
    private(set) var pages: [ValueRange?] = []
    /// How the bounds of pages follow each other (parquet.thrift, BoundaryOrder).
    private(set) var order = BoundaryOrder.unordered

    enum BoundaryOrder: Int32 {
        case unordered = 0
        case ascending = 1
        case descending = 2
    }

    /// - Parameters:
    ///   - values: the chunk's, without nulls.
    ///   - pages: which of them each page holds.
    ///   - dictionary: the values' dictionary, if they have one.
    init(_ values: Column, pages: [Range<Int>], _ dictionary: DictionaryBuilder?) {
        switch values.type {
        case .bool:
            collect(pages) {
                Self.range(of: values.bits, $0)
            } stored: {
                UInt8($0)
            }
        case .int8: collect(values, pages, Int8.self) { Int32($0) }
        case .int16: collect(values, pages, Int16.self) { Int32($0) }
        case .int32, .date32: collect(values, pages, Int32.self) { $0 }
        case .timestamp(.seconds, zone: _): collect(values, pages, Int64.self) { $0 &* 1000 }
        case .int64, .timestamp: collect(values, pages, Int64.self) { $0 }
        case .uint8: collect(values, pages, UInt8.self) { UInt32($0) }
        case .uint16: collect(values, pages, UInt16.self) { UInt32($0) }
        case .uint32: collect(values, pages, UInt32.self) { $0 }
        case .uint64: collect(values, pages, UInt64.self) { $0 }
        case .float32: collect(floats: values, pages, Float.self)
        case .float64: collect(floats: values, pages, Double.self)
        case .string, .binary: collect(bytes: values, pages, dictionary)
        case .time(.seconds): collect(values, pages, Int32.self) { $0 &* 1000 }
        case .time(.milliseconds): collect(values, pages, Int32.self) { $0 }
        case .time: collect(values, pages, Int64.self) { $0 }
        case .decimal: collect(decimals: values, pages)
        case .float16, .list, .fixedSizeList: self.pages = pages.map { _ in nil }
        }
    }

    private mutating func collect<T: Comparable & BitwiseCopyable, Stored: BitwiseCopyable>(
        _ values: Column, _ pages: [Range<Int>], _: T.Type, stored: (T) -> Stored
    ) {
        let elements = values.elements(as: T.self)
        collect(pages) { (range: Range<Int>) -> (T, T)? in
            guard let first = range.first else { return nil }
            var (least, greatest) = (elements[first], elements[first])
            for row in range {
                least = min(least, elements[row])
                greatest = max(greatest, elements[row])
            }
            return (least, greatest)
        } stored: { (value: T) -> Stored in
            stored(value)
        }
        withExtendedLifetime(values) {}
    }

    /// The format's rules for floats: no bounds where a NaN is; zeros are written as -0 and +0.
    private mutating func collect<T: BinaryFloatingPoint & BitwiseCopyable>(
        floats values: Column, _ pages: [Range<Int>], _: T.Type
    ) {
        let elements = values.elements(as: T.self)
        collect(pages) { (range: Range<Int>) -> (T, T)? in
            guard let first = range.first else { return nil }
            var (least, greatest) = (elements[first], elements[first])
            var hasNaN = false
            for row in range {
                let value = elements[row]
                hasNaN = hasNaN || value != value
                least = value < least ? value : least
                greatest = value > greatest ? value : greatest
            }
            if hasNaN { return nil }
            return (least == 0 ? -0.0 : least, greatest == 0 ? 0.0 : greatest)
        } stored: { (value: T) -> T in
            value
        }
        withExtendedLifetime(values) {}
    }

    /// - Parameter range: the least and greatest of a page's values; nil where it has none.
    private mutating func collect<T: Comparable, Stored: BitwiseCopyable>(
        _ pages: [Range<Int>], _ range: (Range<Int>) -> (T, T)?, stored: (T) -> Stored
    ) {
        let ranges = pages.map(range)
        self.pages = ranges.map { $0.map { ValueRange(least: stored($0), greatest: stored($1)) } }
        let known = ranges.compactMap(\.self)
        // Values that have no bounds are not within those of the others.
        if let least = known.map(\.0).min(), let greatest = known.map(\.1).max(),
            zip(pages, ranges).allSatisfy({ $0.isEmpty || $1 != nil })
        {
            whole = ValueRange(least: stored(least), greatest: stored(greatest))
        }
        order = Self.order(of: known, before: <)
    }

    private mutating func collect(decimals values: Column, _ pages: [Range<Int>]) {
        switch SchemaNode.physicalType(of: values.type) {
        case .int32: collect(values, pages, Int128.self) { Int32(truncatingIfNeeded: $0) }
        case .int64: collect(values, pages, Int128.self) { Int64(truncatingIfNeeded: $0) }
        default:
            collect(values, pages, Int128.self) { $0 }
            let width = SchemaNode.typeLength(of: values.type) ?? 16
            whole = whole?.reversed(to: width)
            self.pages = self.pages.map { $0?.reversed(to: width) }
        }
    }

    private mutating func collect(bytes values: Column, _ pages: [Range<Int>], _ dictionary: DictionaryBuilder?) {
        let source = dictionary?.distinct ?? values
        func orders(_ a: Int, before b: Int) -> Bool { Self.orders(source.bytes(at: a), before: source.bytes(at: b)) }
        let ranges = pages.map { page -> (Int, Int)? in
            let rows = dictionary?.usedValues(page) ?? Array(page)
            guard var least = rows.first else { return nil }
            var greatest = least
            for row in rows {
                if orders(row, before: least) { least = row }
                if orders(greatest, before: row) { greatest = row }
            }
            return (least, greatest)
        }
        func bounds(_ range: (Int, Int)) -> ValueRange? {
            ValueRange(
                least: source.bytes(at: range.0), greatest: source.bytes(at: range.1),
                areTexts: values.type == .string)
        }
        self.pages = ranges.map { $0.flatMap(bounds) }
        let known = ranges.compactMap(\.self)
        if let least = known.map(\.0).min(by: orders), let greatest = known.map(\.1).max(by: orders) {
            whole = bounds((least, greatest))
        }
        order = Self.order(of: known, before: orders)
        withExtendedLifetime(source) {}
    }

    private static func order<T>(of ranges: [(T, T)], before: (T, T) -> Bool) -> BoundaryOrder {
        let pairs = zip(ranges, ranges.dropFirst())
        if pairs.allSatisfy({ !before($1.0, $0.0) && !before($1.1, $0.1) }) { return .ascending }
        if pairs.allSatisfy({ !before($0.0, $1.0) && !before($0.1, $1.1) }) { return .descending }
        return .unordered
    }

    private static func range(of bits: Bitmap, _ rows: Range<Int>) -> (Int, Int)? {
        guard !rows.isEmpty else { return nil }
        let set = bits.slice(rows).countSetBits()
        return (set == rows.count ? 1 : 0, set == 0 ? 0 : 1)
    }

    private static func orders(_ a: UnsafeRawBufferPointer, before b: UnsafeRawBufferPointer) -> Bool {
        guard let left = a.baseAddress, let right = b.baseAddress else { return a.count < b.count }
        let order = memcmp(left, right, min(a.count, b.count))
        return order != 0 ? order < 0 : a.count < b.count
    }
}
