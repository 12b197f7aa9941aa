import CArrowABI

extension ArrowLayout {
    /// Lists within lists beyond this depth are refused, so that no schema can exhaust the stack.
    private static let maximumDepth = 8

    /// The layout that a column's schema describes.
    ///
    /// - Throws: `DataError` for types that have no column here; it says what the type is and what to do.
    init(_ schema: ArrowSchema, depth: Int = 0) throws(DataError) {
        guard let text = schema.format else { throw DataError("has no type: its schema lacks a format string") }
        let format = String(cString: text)
        guard depth < Self.maximumDepth else {
            throw DataError("nests lists more than \(Self.maximumDepth) deep; flatten the column")
        }
        if let dictionary = schema.dictionary {
            let values = try ArrowLayout(dictionary.pointee, depth: depth + 1)
            guard let indices = Self.fixedWidthTypes[format], Self.indexTypes.contains(indices) else {
                throw DataError("is dictionary-encoded with indices of format '\(format)', which are no integers")
            }
            guard values.canBeDictionaryValues else {
                throw DataError(
                    "is dictionary-encoded with values of type \(values.type), which is not supported; decode it first")
            }
            self = .dictionary(indices: indices, values: values)
        } else if let type = Self.fixedWidthTypes[format] {
            self = .fixedWidth(type)
        } else if let flat = Self.flatLayouts[format] {
            self = flat
        } else if let type = Self.timestampType(format) {
            self = .fixedWidth(type)
        } else if let type = Self.decimalType(format) {
            self = .fixedWidth(type)
        } else if format == "+l" || format == "+L" {
            let element = try Self.element(of: schema, depth: depth)
            self = .list(element, format == "+l" ? .bits32 : .bits64)
        } else if let size = Self.size(in: format, after: "+w:") {
            self = .fixedSizeList(try Self.element(of: schema, depth: depth), size)
        } else if let size = Self.size(in: format, after: "w:") {
            self = .fixedSizeBinary(size)
        } else {
            throw DataError(Self.refusal(of: format))
        }
    }

    private static let fixedWidthTypes: [String: DataType] = [
        "c": .int8, "C": .uint8, "s": .int16, "S": .uint16, "i": .int32, "I": .uint32, "l": .int64, "L": .uint64,
        "e": .float16, "f": .float32, "g": .float64, "tdD": .date32, "tdm": .timestamp(.milliseconds, zone: nil),
        "tts": .time(.seconds), "ttm": .time(.milliseconds), "ttu": .time(.microseconds), "ttn": .time(.nanoseconds),
    ]

    private static let indexTypes: Set<DataType> = [
        .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64, .uint64,
    ]

    private static let flatLayouts: [String: ArrowLayout] = [
        "n": .nulls, "b": .bits,
        "u": .variableWidth(.string, .bits32), "U": .variableWidth(.string, .bits64), "vu": .views(.string),
        "z": .variableWidth(.binary, .bits32), "Z": .variableWidth(.binary, .bits64), "vz": .views(.binary),
    ]

    private var canBeDictionaryValues: Bool {
        switch self {
        case .list, .fixedSizeList, .dictionary: false
        default: true
        }
    }

    /// `tsu:UTC` and its like: the unit's letter, a colon, and the zone, which may be empty.
    private static func timestampType(_ format: String) -> DataType? {
        guard format.hasPrefix("ts"), let letter = format.dropFirst(2).first, let unit = TimeUnit(arrowLetter: letter),
            format.dropFirst(3).first == ":"
        else { return nil }
        let zone = format.dropFirst(4)
        return .timestamp(unit, zone: zone.isEmpty ? nil : String(zone))
    }

    /// `d:19,10`, and `d:19,10,128`: digits, those behind the point, and bits, of which there are 128.
    private static func decimalType(_ format: String) -> DataType? {
        guard format.hasPrefix("d:") else { return nil }
        let numbers = format.dropFirst(2).split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2 || numbers.count == 3 && numbers[2] == 128, let precision = numbers[0],
            let scale = numbers[1], (1...FixedPoint.maximumPrecision).contains(precision),
            (0...precision).contains(scale)
        else { return nil }
        return .decimal(precision: precision, scale: scale)
    }

    private static func size(in format: String, after prefix: String) -> Int? {
        guard format.hasPrefix(prefix), let size = Int32(format.dropFirst(prefix.count)), size >= 0 else { return nil }
        return Int(size)
    }

    private static func element(of schema: ArrowSchema, depth: Int) throws(DataError) -> ArrowLayout {
        guard schema.n_children == 1, let children = schema.children, let child = children[0] else {
            throw DataError("is a list whose schema does not describe exactly one type of element")
        }
        return try ArrowLayout(child.pointee, depth: depth + 1)
    }

    /// Why a type is refused, and the way out.
    private static func refusal(of format: String) -> String {
        let refused: [(prefix: String, name: String, advice: String)] = [
            (
                "d:", "a decimal that is not of 128 bits, or with more digits behind the point than in all",
                "cast it to another decimal, float64 or string first"
            ),
            ("+s", "a struct", "make each of its fields a column of its own first"),
            ("+m", "a map", "make each of its keys a column of its own first"),
            ("+v", "a list view", "cast it to a list first"),
            ("+r", "run-end encoded", "decode it first"),
            ("+u", "a union", "cast it to one type first"),
            ("tD", "a duration", "cast it to int64 first"),
            ("ti", "an interval", "cast it to int64 first"),
        ]
        guard let (_, name, advice) = refused.first(where: { format.hasPrefix($0.prefix) }) else {
            return "has the Arrow type '\(format)', which is not known here; cast the column to another type first"
        }
        return "is \(name) (Arrow type '\(format)'), which is not supported; \(advice)"
    }
}
