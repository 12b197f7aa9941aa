/// What physical values mean (LogicalTypes.md).
enum LogicalType: Hashable, Sendable {
    case string
    case list
    case map
    case decimal(precision: Int, scale: Int)
    case date
    case time(TimeUnit)
    case timestamp(TimeUnit, isUTC: Bool)
    case integer(bits: Int, isSigned: Bool)
    case float16
    case other(Int16)
}

extension LogicalType {
    /// The union's member, with what it says.
    init(reading reader: inout ThriftReader) throws(ThriftReader.Failure) {
        var result = LogicalType.other(0)
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            guard kind == .structure else { return false }
            switch id {
            case 1, 4, 12: result = .string
            case 2: result = .map
            case 3: result = .list
            case 5:
                result = try Self.decimal(&reader)
                return true
            case 6: result = .date
            case 7:
                result = .time(try Self.unit(&reader).unit)
                return true
            case 8:
                let (unit, isUTC) = try Self.unit(&reader)
                result = .timestamp(unit, isUTC: isUTC)
                return true
            case 10:
                result = try Self.integer(&reader)
                return true
            case 15: result = .float16
            default: result = .other(id)
            }
            return false
        }
        self = result
    }

    private static func decimal(_ reader: inout ThriftReader) throws(ThriftReader.Failure) -> LogicalType {
        var (scale, precision) = (0, 0)
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            switch (id, kind) {
            case (1, .int32): scale = Int(try reader.int32())
            case (2, .int32): precision = Int(try reader.int32())
            default: return false
            }
            return true
        }
        return .decimal(precision: precision, scale: scale)
    }

    /// Of times and timestamps.
    private static func unit(
        _ reader: inout ThriftReader
    ) throws(ThriftReader.Failure) -> (unit: TimeUnit, isUTC: Bool) {
        var isUTC = false
        var unit = TimeUnit.microseconds
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            if id == 1 { isUTC = kind == .true }
            guard id == 2, kind == .structure else { return false }
            try reader.structure { (_, id, _) throws(ThriftReader.Failure) in
                unit = id == 1 ? .milliseconds : id == 2 ? .microseconds : .nanoseconds
                return false
            }
            return true
        }
        return (unit, isUTC)
    }

    private static func integer(_ reader: inout ThriftReader) throws(ThriftReader.Failure) -> LogicalType {
        var bits = 0
        var isSigned = true
        try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
            if id == 2 { isSigned = kind == .true }
            guard id == 1 else { return false }
            if kind == .int8 {
                bits = Int(try reader.int8())
                return true
            }
            return false
        }
        return .integer(bits: bits, isSigned: isSigned)
    }

    /// Files of older writers say it by ConvertedType, and a decimal's digits beside it.
    init?(converted: Int32, precision: Int, scale: Int) {
        switch converted {
        case 0, 4, 19: self = .string
        case 1, 2: self = .map
        case 3: self = .list
        case 5: self = .decimal(precision: precision, scale: scale)
        case 6: self = .date
        case 7: self = .time(.milliseconds)
        case 8: self = .time(.microseconds)
        case 9: self = .timestamp(.milliseconds, isUTC: true)
        case 10: self = .timestamp(.microseconds, isUTC: true)
        case 11...14: self = .integer(bits: 8 << Int(converted - 11), isSigned: false)
        case 15...18: self = .integer(bits: 8 << Int(converted - 15), isSigned: true)
        default: return nil
        }
    }
}
