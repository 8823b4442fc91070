// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// Stands for Uniswap's routers, version 2 and the exactInputSingle of SwapRouter02, over one pool without fees:
/// an honest router does whatever recipient and minimum it is given.
contract SwapRouter {
    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external returns (uint256[] memory amounts) {
        require(block.timestamp <= deadline, "expired");
        require(path.length == 2, "one pool only");
        amounts = new uint256[](2);
        amounts[0] = amountIn;
        amounts[1] = _swap(path[0], path[1], amountIn, amountOutMin, to);
    }

    function exactInputSingle(ExactInputSingleParams calldata params) external payable returns (uint256) {
        return _swap(params.tokenIn, params.tokenOut, params.amountIn, params.amountOutMinimum, params.recipient);
    }

    function multicall(bytes[] calldata calls) external payable returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (bool done, bytes memory result) = address(this).delegatecall(calls[i]);
            require(done, "a call failed");
            results[i] = result;
        }
    }

    function _swap(address tokenIn, address tokenOut, uint256 amountIn, uint256 minimum, address to)
        private
        returns (uint256 amountOut)
    {
        uint256 before = Token(tokenIn).balanceOf(address(this));
        amountOut = amountIn * Token(tokenOut).balanceOf(address(this)) / (before + amountIn);
        require(amountOut >= minimum, "too little received");
        require(Token(tokenIn).transferFrom(msg.sender, address(this), amountIn), "not paid");
        require(Token(tokenOut).transfer(to, amountOut), "not moved");
    }
}
