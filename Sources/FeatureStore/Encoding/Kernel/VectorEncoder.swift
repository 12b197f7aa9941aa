import Columnar
import Foundation

/// A fitted service compiled into a flat plan: one kernel for training sets and for online reads, so that both have the
/// same bits. It allocates nothing where it encodes, and any thread may use it.
///
/// Arithmetic is in float64 and rounded once, to float32.
///
/// Invariant: what operations point to is owned here and never changes after `init`.
final class VectorEncoder: @unchecked Sendable {
    /// Numbers of a vector.
    let width: Int
    let features: UnsafeMutableBufferPointer<Feature>
    let operations: UnsafeMutableBufferPointer<EncodingOperation>
    private let numbers: [UnsafeMutableBufferPointer<Double>]
    private let texts: [UnsafeMutableBufferPointer<UInt8>]
    private let indexes: [CategoryIndex]

    struct Feature {
        let type: FeatureType
        let lane: EncodingLane
        let operations: Range<Int>
        let slots: Range<Int>
        /// Whether its slots have to be 0 beforehand, since it sets only some of them.
        let setsSome: Bool
    }

    convenience init(_ state: EncoderState) { self.init(state.features) }

    /// - Parameter isComplete: whether features become slots at the end; else their steps are only followed.
    init(_ fitted: [FittedFeature], isComplete: Bool = true) {
        var compiler = EncodingCompiler()
        var features: [Feature] = []
        var start = 0
        for feature in fitted {
            let operations = compiler.compile(feature, slot: start, isComplete: isComplete)
            let slots = start..<start + feature.width
            let setsSome = compiler.operations[operations].contains { $0.code == .oneHot || $0.code == .hashed }
            features.append(
                Feature(
                    type: feature.type, lane: EncodingLane(feature.type), operations: operations, slots: slots,
                    setsSome: setsSome || feature.hasIndicator))
            start = slots.upperBound
        }
        width = start
        self.features = .allocate(capacity: features.count)
        _ = self.features.initialize(from: features)
        operations = .allocate(capacity: compiler.operations.count)
        _ = operations.initialize(from: compiler.operations)
        numbers = compiler.numbers
        texts = compiler.texts
        indexes = compiler.indexes
    }

    deinit {
        features.deinitialize()
        features.deallocate()
        operations.deallocate()
        for buffer in numbers { buffer.deallocate() }
        for buffer in texts { buffer.deallocate() }
    }

    /// Encodes one feature's value into its slots.
    @inline(__always)
    func encode(_ value: EncodingCell, feature number: Int, into sink: inout some EncodingSink) {
        let feature = features[number]
        var cell = value
        for place in feature.operations {
            guard Self.perform(operations[place], &cell, &sink) else { return }
        }
    }

    /// Takes one operation; false if it was the last.
    @inline(__always)
    static func perform(
        _ operation: EncodingOperation, _ cell: inout EncodingCell, _ sink: inout some EncodingSink
    ) -> Bool {
        switch operation.code {
        case .toNumber: cell.number = cell.isMissing ? .nan : Double(cell.integer)
        case .affine: cell.number = EncodingArithmetic.affine(cell.number, operation.first, operation.second)
        case .log1p: cell.number = EncodingArithmetic.log1p(cell.number)
        case .clip: cell.number = EncodingArithmetic.clip(cell.number, operation.first, operation.second)
        case .fillNumber:
            if cell.number.isNaN, operation.indicator >= 0 { sink.set(operation.indicator, 1) }
            cell.number = EncodingArithmetic.fill(cell.number, operation.first)
        case .fillInteger, .fillText: fill(operation, &cell, &sink)
        case .bucketize:
            if let edges = operation.numbers {
                cell.number = EncodingArithmetic.bucket(cell.number, edges, operation.count)
            }
        case .oneHot:
            let place = place(operation, cell)
            // Behind the categories stand unknown and missing.
            sink.set(operation.slot + (place >= 0 ? place : operation.count - 1 - place), 1)
            return false
        case .ordinal:
            let place = place(operation, cell)
            cell.number = place == missing ? .nan : Double(place)
        case .numbers:
            let place = place(operation, cell)
            if place >= 0, let numbers = operation.numbers {
                cell.number = numbers[place]
            } else {
                cell.number = place == missing ? operation.second : operation.first
            }
        case .hashed:
            if let hash = hash(operation, cell) {
                sink.set(operation.slot + Int(hash % UInt64(operation.width)), 1)
            }
            return false
        case .cyclic:
            cyclic(operation, cell, &sink)
            return false
        case .normalize:
            normalize(operation, cell, &sink)
            return false
        case .storeNumber:
            sink.set(operation.slot, EncodingArithmetic.float(cell.number))
            return false
        case .storeVector:
            storeVector(operation, cell, &sink)
            return false
        }
        return true
    }

    /// What `place(_:_:)` says of what is missing; an unknown category is at -1.
    static let missing = -2

    /// A category's place.
    @inline(__always)
    static func place(_ operation: EncodingOperation, _ cell: EncodingCell) -> Int {
        guard let index = operation.index else { return missing }
        switch operation.lane {
        case .text: return cell.isMissing ? missing : index.place(of: CategoryKey(cell.bytes, cell.length))
        case .integer: return cell.isMissing ? missing : index.place(of: CategoryKey(cell.integer))
        // What is a category here is whole, and small enough.
        case .number: return cell.number.isNaN ? missing : index.place(of: CategoryKey(Int64(cell.number)))
        case .time, .vector: return missing
        }
    }

    /// XXH64 of a text, or of a whole number's eight little-endian bytes; nil if it is missing.
    private static func hash(_ operation: EncodingOperation, _ cell: EncodingCell) -> UInt64? {
        switch operation.lane {
        case .text:
            cell.isMissing
                ? nil : StableHash.bytes(UnsafeRawBufferPointer(start: cell.bytes, count: cell.length))
        case .integer: cell.isMissing ? nil : hash(cell.integer)
        case .number: cell.number.isNaN ? nil : hash(Int64(cell.number))
        case .time, .vector: nil
        }
    }

    private static func hash(_ number: Int64) -> UInt64 {
        withUnsafeBytes(of: number.littleEndian) { StableHash.bytes($0) }
    }

    private static func fill(
        _ operation: EncodingOperation, _ cell: inout EncodingCell, _ sink: inout some EncodingSink
    ) {
        guard cell.isMissing else { return }
        if operation.indicator >= 0 { sink.set(operation.indicator, 1) }
        cell.isMissing = false
        if operation.code == .fillInteger {
            cell.integer = operation.integer
        } else {
            cell.bytes = operation.text.map { UnsafeRawPointer($0) }
            cell.length = operation.count
        }
    }

    private static func cyclic(
        _ operation: EncodingOperation, _ cell: EncodingCell, _ sink: inout some EncodingSink
    ) {
        let cycles = operation.cycles
        withUnsafeBytes(of: cycles) { cycles in
            for place in 0..<operation.count {
                var (sine, cosine) = (Double.nan, Double.nan)
                if !cell.isMissing {
                    (sine, cosine) = EncodingArithmetic.circle(
                        EncodingStep.TimeCycle.numbered[Int(cycles[place])], cell.integer)
                }
                sink.set(operation.slot + 2 * place, EncodingArithmetic.float(sine))
                sink.set(operation.slot + 2 * place + 1, EncodingArithmetic.float(cosine))
            }
        }
    }

    private static func normalize(
        _ operation: EncodingOperation, _ cell: EncodingCell, _ sink: inout some EncodingSink
    ) {
        guard !cell.isMissing, let bytes = cell.bytes else { return storeVector(operation, cell, &sink) }
        func element(_ place: Int) -> Double {
            Double(bytes.loadUnaligned(fromByteOffset: place * 4, as: Float.self))
        }
        let count = min(operation.width, cell.length / 4)
        var sum = 0.0
        for place in 0..<count {
            let element = element(place)
            sum += element * element
        }
        let length = sum == 0 ? 1 : sum.squareRoot()
        for place in 0..<count { sink.set(operation.slot + place, EncodingArithmetic.float(element(place) / length)) }
    }

    private static func storeVector(
        _ operation: EncodingOperation, _ cell: EncodingCell, _ sink: inout some EncodingSink
    ) {
        let count = cell.isMissing ? 0 : min(operation.width, cell.length / 4)
        if let bytes = cell.bytes {
            for place in 0..<count {
                let element = bytes.loadUnaligned(fromByteOffset: place * 4, as: Float.self)
                sink.set(operation.slot + place, EncodingArithmetic.float(element))
            }
        }
        for place in count..<operation.width { sink.set(operation.slot + place, .nan) }
    }
}
