import Columnar
import Foundation

/// A feature's values between two steps of a fit: numbers, or categories by number.
struct EncodedValues {
    let type: FeatureType
    let count: Int
    private var numbers: [Double]
    private var codes: [Int32]
    /// The different categories, in the order in which they came.
    private(set) var categories: [FittedStep.Category]
    /// Whether numbers are whole and may name categories.
    private(set) var isInteger: Bool

    /// Whether categories are told apart; a map of them is spared where no step asks for it.
    private let needsCategories: Bool

    init(_ column: Column, _ type: FeatureType, for steps: [EncodingStep]) {
        self.type = type
        needsCategories = steps.contains(where: \.needsCategories)
        count = column.count
        (numbers, codes, categories) = ([], [], [])
        isInteger = false
        switch type {
        case .bool:
            let bits = column.bits
            takeIntegers(column) { bits[$0] ? 1 : 0 }
        case .int32:
            let elements = column.elements(as: Int32.self)
            takeIntegers(column) { Int64(elements[$0]) }
        case .int64:
            let elements = column.elements(as: Int64.self)
            takeIntegers(column) { elements[$0] }
        case .float32:
            let elements = column.elements(as: Float.self)
            numbers = (0..<count).map { column.isNull($0) ? .nan : Double(elements[$0]) }
        case .float64:
            let elements = column.elements(as: Double.self)
            numbers = (0..<count).map { column.isNull($0) ? .nan : elements[$0] }
        case .string, .bytes: takeTexts(column)
        case .timestamp, .vector: break
        }
        withExtendedLifetime(column) {}
    }

    private mutating func takeIntegers(_ column: Column, _ value: (Int) -> Int64) {
        isInteger = true
        var known: [Int64: Int32] = [:]
        codes.reserveCapacity(count)
        numbers.reserveCapacity(count)
        for row in 0..<count {
            let number = column.isNull(row) ? nil : value(row)
            numbers.append(number.map { Double($0) } ?? .nan)
            if needsCategories { codes.append(number.map { code(of: $0, &known) } ?? -1) }
        }
    }

    private mutating func code(of number: Int64, _ known: inout [Int64: Int32]) -> Int32 {
        if let code = known[number] { return code }
        let code = Int32(categories.count)
        known[number] = code
        categories.append(.integer(number))
        return code
    }

    private mutating func takeTexts(_ column: Column) {
        guard needsCategories else { return }
        var dictionary = TextDictionary()
        codes.reserveCapacity(count)
        for row in 0..<count { codes.append(column.isNull(row) ? -1 : dictionary.code(of: column.bytes(at: row))) }
        categories = dictionary.texts.map { FittedStep.Category($0, of: type) }
    }

    /// Finite numbers, in the rows' order.
    var finiteNumbers: [Double] { numbers.filter(\.isFinite) }

    /// A row's place in `categories`; -1 where it is missing.
    @inline(__always)
    func code(of row: Int) -> Int { codes.isEmpty ? -1 : Int(codes[row]) }

    var missingCount: Int { codes.reduce(0) { $0 + ($1 < 0 ? 1 : 0) } }

    /// Rows of each category.
    var categoryCounts: [FittedStep.Category: Int] {
        var counts = [Int](repeating: 0, count: categories.count)
        for code in codes where code >= 0 { counts[Int(code)] += 1 }
        return Dictionary(uniqueKeysWithValues: zip(categories, counts).filter { $0.1 > 0 })
    }

    /// Takes a fitted step, as the kernel would.
    mutating func apply(_ step: FittedStep) {
        switch step {
        case .affine(let shift, let scale): setNumbers { ($0 - shift) / scale }
        case .log1p: setNumbers { log1p($0) }
        case .clip(let least, let greatest): setKeeping { max(least, min(greatest, $0)) }
        case .imputeNumber(let number, _):
            for row in numbers.indices where numbers[row].isNaN { numbers[row] = number }
            leaveIntegers()
        case .imputeInteger(let number, _):
            setKeeping { $0.isNaN ? Double(number) : $0 }
        case .imputeText(let category, _): fillCodes(with: category)
        case .bucketize(let edges): setKeeping(isInteger: true) { Double(VectorEncoder.bucket(of: $0, edges)) }
        case .ordinal(let order):
            let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, Double($0)) })
            setNumbersFromCodes { places[$0] ?? -1 }
        case .numbers(let order, let values, let unknown, let missing):
            let known = Dictionary(uniqueKeysWithValues: zip(order, values))
            setNumbersFromCodes(missing: missing) { known[$0] ?? unknown }
        case .pass, .oneHot, .hashed, .cyclic, .normalize: break
        }
    }

    private mutating func setNumbers(_ change: (Double) -> Double) {
        for row in numbers.indices where !numbers[row].isNaN { numbers[row] = change(numbers[row]) }
        leaveIntegers()
    }

    private mutating func leaveIntegers() {
        isInteger = false
        codes = []
        categories = []
    }

    /// Changes numbers that may stay, or become, whole.
    private mutating func setKeeping(isInteger becomesInteger: Bool = false, _ change: (Double) -> Double) {
        let staysInteger = becomesInteger || isInteger
        for row in numbers.indices where !(becomesInteger && numbers[row].isNaN) { numbers[row] = change(numbers[row]) }
        leaveIntegers()
        guard staysInteger else { return }
        isInteger = true
        guard needsCategories else { return }
        var known: [Int64: Int32] = [:]
        codes.reserveCapacity(count)
        for number in numbers {
            codes.append(Int64(exactly: number).map { code(of: $0, &known) } ?? -1)
        }
    }

    private mutating func fillCodes(with category: FittedStep.Category) {
        guard codes.contains(-1) else { return }
        let code = categories.firstIndex(of: category).map { Int32($0) } ?? Int32(categories.count)
        if code == categories.count { categories.append(category) }
        for row in codes.indices where codes[row] < 0 { codes[row] = code }
    }

    private mutating func setNumbersFromCodes(
        missing: Double = .nan, _ number: (FittedStep.Category) -> Double
    ) {
        let byCode = categories.map(number)
        numbers = codes.map { $0 < 0 ? missing : byCode[Int($0)] }
        leaveIntegers()
    }
}

extension EncodingStep {
    /// Whether fitting it looks at which categories there are.
    fileprivate var needsCategories: Bool {
        switch self {
        case .oneHot, .ordinal, .frequency, .target, .impute(.mostFrequent, _): true
        default: false
        }
    }
}

/// Numbers texts in the order in which they first come.
private struct TextDictionary {
    private(set) var texts: [[UInt8]] = []
    private var slots = [Int32](repeating: -1, count: 1024)

    mutating func code(of text: UnsafeRawBufferPointer) -> Int32 {
        if texts.count * 2 >= slots.count { grow() }
        var slot = Int(truncatingIfNeeded: XXHash64.hash(text)) & (slots.count - 1)
        while case let code = slots[slot], code >= 0 {
            let known = texts[Int(code)]
            if known.count == text.count && known.elementsEqual(text) { return code }
            slot = (slot + 1) & (slots.count - 1)
        }
        let code = Int32(texts.count)
        slots[slot] = code
        texts.append(Array(text))
        return code
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for (code, text) in texts.enumerated() {
            var slot = Int(truncatingIfNeeded: text.withUnsafeBytes { XXHash64.hash($0) }) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(code)
        }
    }
}
