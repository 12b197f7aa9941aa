extension DataType {
    /// The type's format string (Arrow C data interface, Format strings). Strings, bytes and lists have 64-bit offsets.
    var arrowFormat: String {
        switch self {
        case .bool: "b"
        case .int8: "c"
        case .uint8: "C"
        case .int16: "s"
        case .uint16: "S"
        case .int32: "i"
        case .uint32: "I"
        case .int64: "l"
        case .uint64: "L"
        case .float16: "e"
        case .float32: "f"
        case .float64: "g"
        case .string: "U"
        case .binary: "Z"
        case .decimal(let precision, let scale): "d:\(precision),\(scale)"
        case .date32: "tdD"
        case .time(let unit): "tt\(unit.arrowLetter)"
        case .timestamp(let unit, let zone): "ts\(unit.arrowLetter):\(zone ?? "")"
        case .list: "+L"
        case .fixedSizeList(_, let size): "+w:\(size)"
        }
    }

    /// The type of the elements of a list; nil for all else.
    var element: DataType? {
        switch self {
        case .list(let element), .fixedSizeList(let element, _): element
        default: nil
        }
    }
}

extension TimeUnit {
    /// The unit's letter in a format string.
    var arrowLetter: Character {
        switch self {
        case .seconds: "s"
        case .milliseconds: "m"
        case .microseconds: "u"
        case .nanoseconds: "n"
        }
    }

    init?(arrowLetter: Character) {
        switch arrowLetter {
        case "s": self = .seconds
        case "m": self = .milliseconds
        case "u": self = .microseconds
        case "n": self = .nanoseconds
        default: return nil
        }
    }
}
