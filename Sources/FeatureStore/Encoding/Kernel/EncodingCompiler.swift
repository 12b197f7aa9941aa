/// Makes operations of fitted steps, and the memory that they point to.
struct EncodingCompiler {
    private(set) var operations: [EncodingOperation] = []
    private(set) var numbers: [UnsafeMutableBufferPointer<Double>] = []
    private(set) var texts: [UnsafeMutableBufferPointer<UInt8>] = []
    private(set) var indexes: [CategoryIndex] = []

    /// Appends a feature's operations.
    ///
    /// - Parameters:
    ///   - slot: its first.
    ///   - isComplete: whether what is left at the end becomes slots.
    mutating func compile(_ feature: FittedFeature, slot: Int, isComplete: Bool) -> Range<Int> {
        let start = operations.count
        var lane = EncodingLane(feature.type)
        let indicator = slot + feature.valueWidth
        for step in feature.fitted { append(step, &lane, slot: slot, indicator: indicator, feature) }
        if isComplete {
            switch feature.fitted.last {
            case .oneHot, .hashed, .cyclic, .normalize: break
            default:
                toNumber(&lane)
                operations.append(
                    EncodingOperation(
                        code: lane == .vector ? .storeVector : .storeNumber, lane: lane, slot: slot,
                        width: feature.valueWidth))
            }
        }
        return start..<operations.count
    }

    private mutating func toNumber(_ lane: inout EncodingLane) {
        guard lane == .integer else { return }
        operations.append(EncodingOperation(code: .toNumber, lane: lane))
        lane = .number
    }

    private mutating func append(
        _ step: FittedStep, _ lane: inout EncodingLane, slot: Int, indicator: Int, _ feature: FittedFeature
    ) {
        switch step {
        case .pass: toNumber(&lane)
        case .affine(let shift, let scale):
            toNumber(&lane)
            operations.append(EncodingOperation(code: .affine, lane: lane, first: shift, second: scale))
        case .log1p:
            toNumber(&lane)
            operations.append(EncodingOperation(code: .log1p, lane: lane))
        case .clip(let least, let greatest):
            toNumber(&lane)
            operations.append(
                EncodingOperation(
                    code: .clip, lane: lane, first: least ?? -.infinity, second: greatest ?? .infinity))
        case .imputeNumber(let number, let hasIndicator):
            toNumber(&lane)
            operations.append(
                EncodingOperation(
                    code: .fillNumber, lane: lane, first: number, indicator: hasIndicator ? indicator : -1))
        case .imputeCategory(let category, let hasIndicator):
            append(fill: category, lane, indicator: hasIndicator ? indicator : -1)
        case .bucketize(let edges):
            toNumber(&lane)
            operations.append(
                EncodingOperation(code: .bucketize, lane: lane, numbers: keep(edges), count: edges.count))
        case .oneHot(let categories):
            operations.append(
                EncodingOperation(
                    code: .oneHot, lane: lane, slot: slot, width: categories.count + 2, count: categories.count,
                    index: keep(categories)))
        case .ordinal(let categories):
            operations.append(EncodingOperation(code: .ordinal, lane: lane, index: keep(categories)))
            lane = .number
        case .numbers(let categories, let values, let unknown, let missing):
            operations.append(
                EncodingOperation(
                    code: .numbers, lane: lane, first: unknown, second: missing, numbers: keep(values),
                    count: values.count, index: keep(categories)))
            lane = .number
        case .hashed(let buckets):
            operations.append(EncodingOperation(code: .hashed, lane: lane, slot: slot, width: buckets))
        case .cyclic(let cycles):
            var operation = EncodingOperation(
                code: .cyclic, lane: lane, slot: slot, width: 2 * cycles.count, count: min(cycles.count, 5))
            withUnsafeMutableBytes(of: &operation.cycles) { bytes in
                for (place, cycle) in cycles.prefix(5).enumerated() {
                    bytes[place] = UInt8(EncodingStep.TimeCycle.numbered.firstIndex(of: cycle) ?? 0)
                }
            }
            operations.append(operation)
        case .normalize:
            operations.append(
                EncodingOperation(code: .normalize, lane: lane, slot: slot, width: feature.valueWidth))
        }
    }

    private mutating func append(fill category: Category, _ lane: EncodingLane, indicator: Int) {
        switch (category, lane) {
        case (.integer(let number), .number):
            operations.append(
                EncodingOperation(code: .fillNumber, lane: lane, first: Double(number), indicator: indicator))
        case (.integer(let number), _):
            operations.append(
                EncodingOperation(code: .fillInteger, lane: lane, integer: number, indicator: indicator))
        default:
            let raw = category.raw
            let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, raw.count))
            _ = bytes.initialize(from: raw)
            texts.append(bytes)
            operations.append(
                EncodingOperation(
                    code: .fillText, lane: lane, indicator: indicator,
                    text: bytes.baseAddress.map { UnsafePointer($0) }, count: raw.count))
        }
    }

    private mutating func keep(_ values: [Double]) -> UnsafePointer<Double>? {
        let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(1, values.count))
        _ = buffer.initialize(from: values)
        numbers.append(buffer)
        return buffer.baseAddress.map { UnsafePointer($0) }
    }

    private mutating func keep(_ categories: [Category]) -> CategoryIndex.Lookup {
        let index = CategoryIndex(categories)
        indexes.append(index)
        return index.lookup
    }
}
