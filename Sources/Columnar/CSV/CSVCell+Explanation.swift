extension CSVCell {
    /// Why `text` is no value of `type`, and what to do about it.
    static func explanation(of text: UnsafeRawBufferPointer, type: DataType) -> String {
        let shown = quoted(text)
        if type == .string { return "\(shown) is not UTF-8; write the file as UTF-8" }
        if ["na", "n/a", "null", "none", "nan", "nil", "-"].contains(where: { $0 == trimmedText(text).lowercased() }) {
            return "\(shown) is not \(article(type)) \(type); leave the field empty for a null"
        }
        switch type {
        case .int8: return wholeNumber(text, Int8.self, type)
        case .int16: return wholeNumber(text, Int16.self, type)
        case .int32: return wholeNumber(text, Int32.self, type)
        case .int64: return wholeNumber(text, Int64.self, type)
        case .uint8: return wholeNumber(text, UInt8.self, type)
        case .uint16: return wholeNumber(text, UInt16.self, type)
        case .uint32: return wholeNumber(text, UInt32.self, type)
        case .uint64: return wholeNumber(text, UInt64.self, type)
        case .float32, .float64:
            if isDecimalNumber(text) { return "\(shown) is beyond the range of \(type); write inf if that is meant" }
            return "\(shown) is not a \(type); write a decimal number such as -12.5 or 1e-3"
        case .bool: return "\(shown) is not a bool; write true or false"
        case .timestamp(let unit, zone: _):
            if NumberText.double(trimmed(text)) != nil {
                return "\(shown) is a number, not a timestamp; write 2013-01-01T10:00:00Z, since a number alone does "
                    + "not say its unit"
            }
            if Timestamp(parsing: trimmed(text)) != nil {
                return "\(shown) does not fit a timestamp in whole \(unit.rawValue)"
            }
            return "\(shown) is not a timestamp; write 2013-01-01T10:00:00Z (or with an offset, or without for UTC), "
                + "with at most six digits of a second's fraction"
        case .date32: return "\(shown) is not a date; write 2013-01-31"
        case .binary: return "\(shown) is not bytes; write 0x and two hexadecimal digits a byte"
        case .fixedSizeList(let element, let size):
            var count = 0
            let isList = forEachElement(trimmed(text)) { _ in
                count += 1
                return true
            }
            if isList, count != size {
                return "\(shown) has \(count) element\(count == 1 ? "" : "s"), but \(type) has \(size)"
            }
            return "\(shown) is not a \(type); write \(size) \(element) in brackets, such as [1, 2.5]"
        case .float16, .decimal, .time, .list, .string: return "\(shown) is not a \(type)"
        }
    }

    private static func wholeNumber<T: FixedWidthInteger>(
        _ text: UnsafeRawBufferPointer, _: T.Type, _ type: DataType
    ) -> String {
        let shown = quoted(text)
        let word = trimmedText(text)
        let digits = word.hasPrefix("-") || word.hasPrefix("+") ? word.dropFirst() : word[...]
        if !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
            let other = T.bitWidth < 64 ? "; declare the column int64 or correct the value" : "; correct the value"
            return "\(shown) is beyond the range of \(type) (\(T.min) to \(T.max))" + other
        }
        if isDecimalNumber(text) {
            return "\(shown) is not a whole number; declare the column float64 or correct the value"
        }
        return "\(shown) is not \(article(type)) \(type); write a whole number"
    }

    private static func article(_ type: DataType) -> String {
        switch type {
        case .int8, .int16, .int32, .int64: "an"
        default: "a"
        }
    }

    /// Whether the text has a number's form, whatever its size.
    private static func isDecimalNumber(_ text: UnsafeRawBufferPointer) -> Bool {
        let word = trimmedText(text)
        return word.first.map { $0.isNumber || "+-.".contains($0) } == true && Double(word) != nil
            && !word.lowercased().contains("x")
    }

    private static func trimmedText(_ text: UnsafeRawBufferPointer) -> String {
        String(decoding: trimmed(text), as: UTF8.self)
    }

    /// The text in quotes, cut to what fits a message.
    private static func quoted(_ text: UnsafeRawBufferPointer) -> String {
        let limit = 60
        let shown = String(decoding: text.prefix(limit), as: UTF8.self)
        return "'\(shown)\(text.count > limit ? "…" : "")'"
    }
}
