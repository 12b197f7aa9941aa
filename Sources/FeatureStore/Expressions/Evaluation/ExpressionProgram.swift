/// An expression as a flat list of steps over numbered registers.
struct ExpressionProgram: Sendable {
    struct Step: Sendable {
        var operation: ExpressionOperation
        /// Registers; those that the operation does not have are 0.
        var arguments: (Int, Int, Int, Int)
        var argumentCount: Int
        var parameter: Int
        var result: Int
    }

    /// By register.
    private(set) var types: [ExpressionType] = []
    private(set) var steps: [Step] = []
    /// Registers by input.
    private(set) var inputs: [Int] = []
    private(set) var constants: [(register: Int, value: ExpressionConstant)] = []
    private(set) var result = 0
    let zones: [ExpressionZone]

    private var constantRegisters: [TypedConstant: Int] = [:]
    private var freeRegisters: [ExpressionType: [Int]] = [:]

    private struct TypedConstant: Hashable {
        var type: ExpressionType
        var value: ExpressionConstant
    }

    init(_ expression: TypedExpression, inputs: [ExpressionType], zones: [ExpressionZone]) {
        self.zones = zones
        for type in inputs {
            self.inputs.append(types.count)
            types.append(type)
        }
        result = compile(expression).register
    }

    /// The register that holds the value; a temporary one may be used anew once its value was used.
    private mutating func compile(_ expression: TypedExpression) -> (register: Int, isTemporary: Bool) {
        switch expression.kind {
        case .input(let index): return (inputs[index], false)
        case .constant(let value):
            let constant = TypedConstant(type: expression.type, value: value)
            if let register = constantRegisters[constant] { return (register, false) }
            types.append(expression.type)
            constants.append((types.count - 1, value))
            constantRegisters[constant] = types.count - 1
            return (types.count - 1, false)
        case .operation(let operation, let arguments, let parameter):
            let places = arguments.map { compile($0) }
            // Taken before the arguments' registers are given back: no step writes what it reads.
            let register = takeRegister(expression.type)
            for (place, argument) in zip(places, arguments) where place.isTemporary {
                freeRegisters[argument.type, default: []].append(place.register)
            }
            func argument(_ index: Int) -> Int { places.indices.contains(index) ? places[index].register : 0 }
            steps.append(
                Step(
                    operation: operation, arguments: (argument(0), argument(1), argument(2), argument(3)),
                    argumentCount: places.count, parameter: parameter, result: register))
            return (register, true)
        }
    }

    private mutating func takeRegister(_ type: ExpressionType) -> Int {
        if let free = freeRegisters[type]?.popLast() { return free }
        types.append(type)
        return types.count - 1
    }
}
